"""Oxios takes back a move: it is said, and one key does it again."""

import json
from typing import Any

from oxtui.store.models import SessionId
from oxtui.store.state_store import StateStore
from oxtui.ui.dialogs.picker import ProjectPicker
from tests.ui.conftest import until
from tests.ui.test_main import at_titled, content, opened, project, toasts


def turn(store: StateStore, session: SessionId, **fields: Any) -> None:
    """Saves a session with a turn more as Oxios does: whole, by rename, with its own project."""
    path = store.session_path(session)
    saved = json.loads(path.read_bytes()) | fields
    saved["user_messages"].append({"content": "go on", "timestamp": "2026-08-22T14:34:52Z"})
    temp = path.with_name(f"{path.name}.4242.0f0f.tmp")
    temp.write_text(json.dumps(saved, indent=2))
    temp.replace(path)


async def test_a_move_that_oxios_takes_back_is_said_and_done_again(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        session = await at_titled(pilot, screen, "Retry the failed cron jobs")
        before = project(demo_store, session)
        await pilot.press("A")
        await until(pilot, lambda: "Oxios took nothing back" in toasts(screen))
        await pilot.press("M")
        await until(pilot, lambda: isinstance(pilot.app.screen, ProjectPicker))
        await pilot.press(*"website", "enter")
        await until(pilot, lambda: project(demo_store, session) != before)
        moved = project(demo_store, session)
        for _ in range(2):
            await until(pilot, lambda: screen.library.entries[session].summary.project_id == moved)
            turn(demo_store, session, project_id=before)
            await until(pilot, lambda: "Oxios took back the move of “Retry the" in toasts(screen))
            assert "to website. A does it again." in toasts(screen)
            screen.app.clear_notifications()
            turns = len(content(demo_store, session)["user_messages"])
            await pilot.press("A")
            await until(pilot, lambda: project(demo_store, session) == moved)
            assert len(content(demo_store, session)["user_messages"]) == turns
            await until(pilot, lambda: not screen.reporter.reverts.taken_back)


async def test_a_turn_that_leaves_the_move_alone_and_an_undo_are_not_taken_for_it(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store) as (pilot, screen):
        session = await at_titled(pilot, screen, "Retry the failed cron jobs")
        entries = screen.library.entries
        before = content(demo_store, session)
        await pilot.press("p")
        await until(pilot, lambda: entries[session].summary.pinned)
        await pilot.press("u")
        await until(pilot, lambda: content(demo_store, session) == before)
        await until(pilot, lambda: not entries[session].summary.pinned)
        turn(demo_store, session)
        turns = len(before["user_messages"]) + 1
        await until(pilot, lambda: entries[session].summary.message_count == turns)
        await pilot.press("p")
        await until(pilot, lambda: entries[session].summary.pinned)
        turn(demo_store, session)
        await until(pilot, lambda: entries[session].summary.message_count == turns + 1)
        assert screen.reporter.reverts.taken_back == []
        assert "took back the" not in toasts(screen).lower().replace("undone: ", "")
