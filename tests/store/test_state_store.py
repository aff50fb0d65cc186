"""The reference's own tests, and what its API promises beyond them."""

import asyncio
from pathlib import Path

import pytest

from oxtui.errors import (
    ChangedError,
    InvalidNameError,
    InvalidValueError,
    OxtuiError,
    ReadOnlyError,
    UnreadableError,
)
from oxtui.store.codec import encode
from oxtui.store.models import (
    AgentResponse,
    PruneConfig,
    Session,
    SessionId,
    TrajectoryStepRecord,
)
from oxtui.store.state_store import StateStore
from oxtui.store.throttle import PruneThrottle
from oxtui.store.timestamps import Timestamp
from tests.conftest import session_named

HOUR_NS = 3_600 * 10**9


def hours_ago(hours: int) -> Timestamp:
    return Timestamp.from_ns(Timestamp.now().ns - hours * HOUR_NS)


async def saved(store: StateStore, user_id: str, *messages: str, hours: int = 0) -> Session:
    session = Session.new(user_id)
    for message in messages:
        session.add_user_message(message)
    if hours:
        session.updated_at = hours_ago(hours)
    await store.save_session(session)
    return session


# The tests of state_store.rs, under their names.


async def test_session_creation_and_persistence(store: StateStore) -> None:
    session = await saved(store, "user-123", "Hello")
    loaded = await store.load_session(session.id)
    assert loaded is not None
    assert loaded.user_id == "user-123"
    assert len(loaded.user_messages) == 1


async def test_session_list_sorts_by_updated(store: StateStore) -> None:
    for number in range(3):
        await saved(store, f"user-{number}", f"Message {number}")
    sessions = await store.list_sessions()
    assert len(sessions) == 3
    assert sessions[0].user_id == "user-2"


async def test_delete_session(store: StateStore) -> None:
    session = await saved(store, "user-123")
    assert await store.delete_session(session.id)
    assert await store.load_session(session.id) is None


async def test_get_or_create_session_existing(store: StateStore) -> None:
    existing = await saved(store, "user-123", "Original message")
    retrieved = await store.get_or_create_session("user-123", existing.id)
    assert retrieved.id == existing.id
    assert len(retrieved.user_messages) == 1


async def test_get_or_create_session_new(store: StateStore) -> None:
    session = await store.get_or_create_session("user-456")
    assert session.user_id == "user-456"
    assert session.is_empty()


async def test_prune_sessions_by_count(store: StateStore) -> None:
    for number in range(5):
        await saved(store, f"user-{number}", f"Message {number}")
    assert await store.prune_sessions(PruneConfig(max_sessions=3, ttl_hours=0)) == 2
    remaining = await store.list_sessions()
    assert {s.user_id for s in remaining} == {"user-2", "user-3", "user-4"}


async def test_prune_sessions_by_ttl(store: StateStore) -> None:
    await saved(store, "old-user", hours=48)
    await saved(store, "recent-user", "Hello")
    assert await store.prune_sessions(PruneConfig(max_sessions=0, ttl_hours=24)) == 1
    assert [s.user_id for s in await store.list_sessions()] == ["recent-user"]


async def test_load_sessions_for_promotion_filters_by_cutoff(store: StateStore) -> None:
    await saved(store, "old-user", hours=48)
    await saved(store, "recent-user")
    recent = await store.load_sessions_for_promotion(hours_ago(24))
    assert [s.user_id for s in recent] == ["recent-user"]
    assert len(await store.load_sessions_for_promotion(hours_ago(365 * 24))) == 2


# The rest of its API.


async def test_markdown_and_json_of_any_category(store: StateStore) -> None:
    await store.save_markdown("notes/today", "b", "# 제목\n")
    await store.save_json("notes/today", "a", {"한": [1, {"x": None}]})
    assert await store.load_markdown("notes/today", "b") == "# 제목\n"
    assert await store.load_json("notes/today", "a") == {"한": [1, {"x": None}]}
    path = store.base_path / "notes/today/a.json"
    assert path.read_text() == '{\n  "한": [\n    1,\n    {\n      "x": null\n    }\n  ]\n}'
    assert await store.list_category("notes/today") == ["a", "b"]
    assert await store.load_markdown("notes/today", "a") is None
    assert await store.load_json("nothing", "a") is None
    assert await store.list_category("nothing") == []


async def test_delete_file_takes_json_before_markdown(store: StateStore) -> None:
    await store.save_markdown("notes", "a", "text")
    await store.save_json("notes", "a", 1)
    assert await store.delete_file("notes", "a")
    assert await store.list_category("notes") == ["a"]
    assert await store.load_json("notes", "a") is None
    assert await store.delete_file("notes", "a")
    assert not await store.delete_file("notes", "a")


@pytest.mark.parametrize("name", ["../../x", "a/b", "a\\b", "..", "a\0b", ""])
async def test_names_that_lead_out_are_refused_everywhere(store: StateStore, name: str) -> None:
    outside = store.base_path.parent / "x.json"
    outside.write_text("{}")
    for refused in (
        store.load_session(SessionId(name)),
        store.delete_session(SessionId(name)),
        store.save_session(session_named(name)),
        store.move_session_to_project(SessionId(name), "p"),
        store.load_json("notes", name),
        store.save_json("notes", name, 1),
        store.load_markdown("notes", name),
        store.save_markdown("notes", name, ""),
        store.delete_file("notes", name),
    ):
        with pytest.raises(InvalidNameError):
            await refused
    assert outside.exists()


@pytest.mark.parametrize("category", ["", "/x", "x/", "a//b", "..", "a/../b", "a\\b", "a\0b"])
async def test_categories_that_lead_out_are_refused(store: StateStore, category: str) -> None:
    for refused in (
        store.list_category(category),
        store.load_json(category, "a"),
        store.save_markdown(category, "a", ""),
        store.delete_file(category, "a"),
    ):
        with pytest.raises(InvalidNameError):
            await refused


async def test_updates_of_one_session_do_not_lose_each_other(store: StateStore) -> None:
    session = await saved(store, "user")

    async def add(number: int) -> None:
        def change(loaded: Session) -> None:
            loaded.add_user_message(f"message {number}")

        assert await store.update_session_with(session.id, change) is not None

    await asyncio.gather(*(add(number) for number in range(20)))
    loaded = await store.load_session(session.id)
    assert loaded is not None
    assert {m.content for m in loaded.user_messages} == {f"message {n}" for n in range(20)}


async def test_update_of_an_absent_session_changes_nothing(store: StateStore) -> None:
    assert await store.update_session_with(SessionId("absent"), lambda s: None) is None
    assert await store.list_sessions() == []


async def test_an_update_that_raises_writes_nothing(store: StateStore) -> None:
    session = await saved(store, "user", "one")
    before = store.session_path(session.id).read_bytes()

    def change(loaded: Session) -> None:
        loaded.add_user_message("two")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await store.update_session_with(session.id, change)
    assert store.session_path(session.id).read_bytes() == before


async def test_save_with_prune_prunes_in_the_background(store: StateStore) -> None:
    await saved(store, "old", hours=48)
    session = Session.new("new")
    await store.save_session_with_prune(session, PruneConfig(max_sessions=0, ttl_hours=24))
    await store.background_done()
    assert [s.user_id for s in await store.list_sessions()] == ["new"]


async def test_load_all_sessions_leaves_out_what_cannot_be_read(store: StateStore) -> None:
    await saved(store, "user")
    (store.sessions_path / "broken.json").write_text("{")
    assert [s.user_id for s in await store.load_all_sessions()] == ["user"]


async def test_a_save_keeps_what_others_wrote_since_the_load(store: StateStore) -> None:
    session = await saved(store, "user", "one")
    mine = await store.load_session(session.id)
    theirs = await store.load_session(session.id)
    assert mine is not None
    assert theirs is not None
    theirs.add_user_message("theirs")
    await store.save_session(theirs)
    mine.set_metadata("title", "mine")
    mine.add_user_message("mine")
    await store.save_session(mine)
    saved_last = await store.load_session(session.id)
    assert saved_last is not None
    assert [m.content for m in saved_last.user_messages] == ["one", "theirs", "mine"]
    assert saved_last.get_metadata("title") == "mine"


class Overtaken(StateStore):
    """A store in which another program makes each session right after it was found absent."""

    async def load_session(self, session_id: SessionId) -> Session | None:
        found = await super().load_session(session_id)
        if found is None:
            theirs = Session.with_id("theirs", session_id)
            theirs.add_user_message("first")
            self.sessions_path.mkdir(parents=True, exist_ok=True)
            self.session_path(session_id).write_bytes(encode(theirs))
        return found


async def test_a_session_that_was_made_in_between_is_taken_and_stays(tmp_path: Path) -> None:
    store = Overtaken(tmp_path)
    session = await store.get_or_create_session("ours", SessionId("s"))
    assert (session.user_id, [m.content for m in session.user_messages]) == ("theirs", ["first"])
    assert await store.load_session(SessionId("s")) == session


async def test_a_save_does_not_replace_a_file_that_it_did_not_see(tmp_path: Path) -> None:
    store = StateStore(tmp_path)
    path = store.session_path(SessionId("s"))
    path.parent.mkdir()
    path.symlink_to("nowhere")  # for `exists`, it is as absent as a file made right after
    with pytest.raises(ChangedError):
        await store.save_session(Session.with_id("ours", SessionId("s")))
    assert path.is_symlink()


async def test_prune_agents_by_age_and_count(store: StateStore) -> None:
    for number, hours in enumerate((50, 30, 3, 2, 1)):
        await store.save_json("agents", f"agent-{number}", {"created_at": hours_ago(hours).text})
    (store.base_path / "agents/broken.json").write_text("{")
    assert await store.prune_agents_by_config(0, 40, 10) == 1
    assert await store.prune_agents_by_config(2, 0, 1) == 1
    left = [n for n in await store.list_category("agents") if n != "broken"]
    assert left == ["agent-2", "agent-3", "agent-4"]
    assert await store.prune_agents_by_config(2, 24, 10) == 1
    assert await store.prune_agents_by_config(0, 0, 10) == 0
    assert "broken" in await store.list_category("agents")


async def test_a_ttl_beyond_what_a_duration_holds_is_a_clear_error(store: StateStore) -> None:
    with pytest.raises(InvalidValueError, match="ttl_hours"):
        await store.prune_sessions(PruneConfig(max_sessions=0, ttl_hours=2**63))
    with pytest.raises(InvalidValueError):
        await store.prune_agents_by_config(0, 2**63, 1)


async def test_a_read_only_store_refuses_every_write(tmp_path: Path) -> None:
    base = tmp_path / "store"
    session = await saved(StateStore(base), "user")
    store = StateStore(base, read_only="opened with --read-only")
    for refused in (
        store.save_session(session),
        store.delete_session(session.id),
        store.move_session_to_project(session.id, "p"),
        store.prune_sessions(PruneConfig(max_sessions=0, ttl_hours=1)),
        store.save_json("notes", "a", 1),
        store.delete_file("sessions", session.id),
    ):
        with pytest.raises(ReadOnlyError, match="--read-only"):
            await refused
    assert await store.load_session(session.id) is not None
    assert not (base / ".oxtui/trash").exists()


async def test_a_session_that_cannot_be_read_is_an_error_to_load_and_to_change(
    store: StateStore,
) -> None:
    store.sessions_path.mkdir()
    store.session_path(SessionId("x")).write_text('{"id": "x"')
    with pytest.raises(UnreadableError, match="cut off"):
        await store.load_session(SessionId("x"))
    with pytest.raises(UnreadableError):
        await store.move_session_to_project(SessionId("x"), "p")


async def test_the_store_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OxtuiError):
        await StateStore(tmp_path / "file").save_session(Session.new("user"))


def test_the_methods_of_a_session() -> None:
    session = Session.with_id("user", SessionId("s"))
    assert session.is_empty()
    born = session.updated_at
    session.extend_trajectory([])
    assert session.updated_at == born
    now = Timestamp.now()
    step = TrajectoryStepRecord(
        tool_name="read",
        tool_args='{"path": "x"}',
        output_summary="",
        duration_ms=3,
        is_error=False,
        tool_call_id="legacy-0",
        timestamp=now,
    )
    session.extend_trajectory([step])
    assert list(session.trajectory()) == [step]
    assert session.updated_at > born
    session.add_user_message("a")
    session.add_user_message("b")
    session.add_agent_response(AgentResponse(content="c", timestamp=now))
    assert session.exchange_count() == 1
    session.set_active_seed("seed")
    session.set_active_persona("dev")
    session.set_metadata("k", [1])
    assert session.get_metadata("k") == [1]
    assert session.get_metadata("absent") is None
    assert (session.active_seed_id, session.active_persona_id) == ("seed", "dev")
    assert not session.is_empty()


def test_the_defaults_of_prune() -> None:
    assert PruneConfig() == PruneConfig(max_sessions=100, ttl_hours=168)


def test_the_throttle_lets_one_prune_through_each_cooldown() -> None:
    now = [100.0]
    throttle = PruneThrottle(3_600, clock=lambda: now[0])
    assert throttle.should_prune()
    assert not throttle.should_prune()
    now[0] += 3_599.9
    assert not throttle.should_prune()
    now[0] += 0.1
    assert throttle.should_prune()
    assert PruneThrottle(0).should_prune()
