"""What Oxios sets back is noticed; what somebody wanted so is left alone."""

from typing import Any

import pytest
from msgspec import structs

from oxtui.store.reverts import REMEMBERED_NS, Field, FieldValue, Reverts, Setting, together, told
from oxtui.store.summaries.entries import SessionEntry
from oxtui.store.values import SessionId
from tests.ui.sidebar.catalogues import entry

A, B = SessionId("a"), SessionId("b")
FIELDS: list[tuple[Field, FieldValue, FieldValue]] = [
    ("project_id", "api", "web"),
    ("project_id", None, "web"),
    ("project_id", "api", None),
    ("title", "new", "old"),
    ("title", None, "old"),
    ("pinned", True, False),
    ("pinned", False, True),
]


def session(name: str = "a", turns: int = 3, **fields: Any) -> SessionEntry:
    made = entry(name)
    summary = structs.replace(made.summary, message_count=turns, **fields)
    return structs.replace(made, summary=summary)


def having(field: Field, value: FieldValue, turns: int = 3) -> SessionEntry:
    values: dict[str, Any] = {field: value}
    return session("a", turns, **values)


def looked(reverts: Reverts, *entries: SessionEntry, now_ns: int = 1) -> list[Setting]:
    return reverts.look([e.session_id for e in entries], {e.session_id: e for e in entries}, now_ns)


@pytest.mark.parametrize(("field", "value", "before"), FIELDS)
def test_the_old_value_with_a_turn_more_is_taken_back(
    field: Field, value: FieldValue, before: FieldValue
) -> None:
    was = having(field, before)
    setting = Setting.of(was, field, value, 0)
    reverts = Reverts()
    reverts.remember([setting])
    shown = "first message" if value is None and field == "title" else value
    assert looked(reverts, having(field, shown)) == []
    assert looked(reverts, having(field, shown, 4)) == []
    assert looked(reverts, having(field, before, 4)) == [setting]
    assert reverts.taken_back == [setting]
    assert looked(reverts, having(field, before, 5)) == []
    assert reverts.take() == [setting]
    assert reverts.take() == []


@pytest.mark.parametrize(("field", "value", "before"), FIELDS)
def test_without_a_turn_more_somebody_wanted_it_so(
    field: Field, value: FieldValue, before: FieldValue
) -> None:
    reverts = Reverts()
    reverts.remember([Setting.of(having(field, before), field, value, 0)])
    assert looked(reverts, having(field, before)) == []


def test_a_third_value_a_session_that_is_gone_and_an_hour_end_it() -> None:
    for after, now_ns in (
        (session(turns=4, project_id="third"), 1),
        (session(turns=4, project_id="api"), REMEMBERED_NS + 1),
    ):
        reverts = Reverts()
        reverts.remember([Setting.of(session(project_id="web"), "project_id", "api", 0)])
        assert looked(reverts, after, now_ns=now_ns) == []
        assert looked(reverts, session(turns=5, project_id="web")) == []
    reverts = Reverts()
    reverts.remember([Setting.of(session(project_id="web"), "project_id", "api", 0)])
    assert reverts.look([A], {}, 1) == []
    assert looked(reverts, session(turns=5, project_id="web")) == []


def test_what_is_set_again_or_forgotten_is_not_taken_back_any_more() -> None:
    reverts = Reverts()
    web, api = session(project_id="web"), session(turns=4, project_id="api")
    reverts.remember([Setting.of(web, "project_id", "api", 0)])
    looked(reverts, session(turns=4, project_id="web"))
    reverts.remember([Setting.of(session(turns=4, project_id="web"), "project_id", "api", 0)])
    assert reverts.taken_back == []
    assert len(looked(reverts, session(turns=5, project_id="web"))) == 1
    reverts.forget(["a"])
    assert reverts.taken_back == []
    reverts.remember([Setting.of(api, "project_id", "web", 0)])
    reverts.forget(["a"])
    assert looked(reverts, session(turns=9, project_id="api")) == []


def test_only_what_changed_is_looked_at() -> None:
    reverts = Reverts()
    reverts.remember([Setting.of(session(n, project_id="web"), "project_id", "x", 0) for n in "ab"])
    back = {name: session(name, turns=4, project_id="web") for name in (A, B)}
    assert [s.session_id for s in reverts.look([B], back, 1)] == ["b"]
    assert [s.session_id for s in reverts.look([A, B], back, 1)] == ["a"]


def test_what_can_be_set_again_together() -> None:
    settings = [
        Setting.of(session("a"), "project_id", "api", 0),
        Setting.of(session("b"), "project_id", "api", 0),
        Setting.of(session("c"), "project_id", "web", 0),
        Setting.of(session("a"), "title", None, 0),
        Setting.of(session("b"), "title", None, 0),
    ]
    assert together(settings) == [
        ("project_id", "api", ["a", "b"]),
        ("project_id", "web", ["c"]),
        ("title", None, ["a"]),
        ("title", None, ["b"]),
    ]


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("project_id", "api", "Oxios took back the move of “Its title” to <api>."),
        ("project_id", None, "Oxios took back the move of “Its title” to Unfiled."),
        ("title", "x", "Oxios took back the title of “Its title”."),
        ("pinned", True, "Oxios unpinned “Its title” again."),
        ("pinned", False, "Oxios pinned “Its title” again."),
    ],
)
def test_what_is_told(field: Field, value: FieldValue, text: str) -> None:
    setting = Setting.of(session(), field, value, 0)

    def name(project: str | None) -> str:
        return f"<{project}>" if project else "Unfiled"

    def title(_: SessionId) -> str:
        return "Its title"

    assert told([setting], title, name) == text
    assert told([setting] * 3, title, name) == "Oxios took back 3 of your changes."
