import pytest
from msgspec.structs import replace

from oxtui.store.models import ProjectId, SessionId
from oxtui.ui.sidebar.drag import (
    DragState,
    Target,
    backspace,
    grab,
    next_target,
    point_at,
    previous_target,
    refreshed,
    typed,
)

API, WEB, KOREAN, KERNEL, UNFILED = TARGETS = (
    Target("project:api", ProjectId("api"), "api"),
    Target("project:web", ProjectId("web"), "Web API"),
    Target("project:shop", ProjectId("shop"), "쇼핑몰"),
    Target("project:kernel", ProjectId("kernel"), "kernel"),
    Target("unfiled", None, "Unfiled"),
)


def grabbed(*homes: str) -> DragState:
    return grab({SessionId(f"s{n}"): home for n, home in enumerate(homes)}, TARGETS)


def test_it_starts_where_the_sessions_are() -> None:
    state = grabbed("project:api", "project:api")
    assert state.target == API
    assert state.moving == 0
    assert state.description == "Already in api"
    assert grabbed("unfiled").description == "Already unfiled"


@pytest.mark.parametrize("homes", [("project:api", "project:web"), ("project:lost",)])
def test_it_starts_nowhere_when_there_is_no_such_place(homes: tuple[str, ...]) -> None:
    state = grabbed(*homes)
    assert state.target is None
    assert "grabbed" in state.description
    assert next_target(state).target == API
    assert previous_target(state).target == UNFILED


def test_next_and_previous_go_round() -> None:
    state = grabbed("project:api")
    assert next_target(state).target == WEB
    assert previous_target(state).target == UNFILED
    assert next_target(previous_target(state)).target == API


@pytest.mark.parametrize(
    ("homes", "target", "description"),
    [
        (["unfiled"], API, "Move 1 session to api"),
        (["unfiled"] * 3, API, "Move 3 sessions to api"),
        (["unfiled", "project:api"], API, "Move 1 session to api, 1 more there already"),
        (["project:api"], UNFILED, "Move 1 session out of projects, to Unfiled"),
    ],
)
def test_description(homes: list[str], target: Target, description: str) -> None:
    assert point_at(grabbed(*homes), target.group).description == description


def test_a_name_in_a_description_is_harmless() -> None:
    hostile = replace(API, name="\x1b]52;c;eA==\x07[bold]api")
    state = grab({SessionId("s"): "unfiled"}, (hostile, UNFILED))
    text = next_target(state).description
    assert text.isprintable()
    assert "\x1b" not in text
    assert typed(state, "\x1b").description.isprintable()


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("a", [API, WEB]),
        ("API", [API, WEB]),
        ("w", [WEB]),
        ("b a", [WEB]),
        ("쇼", [KOREAN]),
        ("핑", [KOREAN]),
        ("K", [KERNEL]),
        ("n", [KERNEL, UNFILED]),
        ("zz", []),
    ],
)
def test_letters_narrow(letters: str, expected: list[Target]) -> None:
    state = typed(grabbed("project:kernel"), letters)
    assert list(state.matching) == expected
    assert state.target == (expected[0] if expected else None)


def test_a_decomposed_name_is_found() -> None:
    decomposed = Target("project:x", ProjectId("x"), "\u1109\u116d\u1111\u1175\u11bc")  # 쇼핑
    state = grab({SessionId("s"): "unfiled"}, (decomposed, UNFILED))
    assert typed(state, "쇼").target == decomposed


def test_names_that_begin_with_the_letters_come_first() -> None:
    targets = (replace(API, name="legacy web"), replace(WEB, name="web"), UNFILED)
    state = typed(grab({SessionId("s"): "unfiled"}, targets), "we")
    assert [target.name for target in state.matching] == ["web", "legacy web"]
    assert next_target(state).target == targets[0]
    assert next_target(next_target(state)).target == targets[1]


def test_backspace_widens_again() -> None:
    state = typed(typed(grabbed("project:api"), "z"), "z")
    assert state.target is None
    assert state.description == "No project matches zz"
    assert next_target(state) == state
    state = backspace(backspace(state))
    assert (state.typed, state.matching) == ("", TARGETS)
    assert backspace(state) == state
    state = backspace(typed(state, "w"))
    assert state.target == WEB


def test_pointing_beside_the_targets_is_no_target() -> None:
    state = point_at(grabbed("project:api"), "unreadable")
    assert state.target is None
    assert point_at(state, "project:web").target == WEB


def test_it_goes_on_after_a_change() -> None:
    state = typed(grabbed("project:api", "project:web"), "w")
    state = refreshed(state, {SessionId("s0"): "project:web"}, (WEB, UNFILED))
    assert state.sessions == ("s0",)
    assert (state.target, state.typed, state.moving) == (WEB, "w", 0)
    assert refreshed(state, state.homes, (UNFILED,)).target is None
