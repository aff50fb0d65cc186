"""Keys that arrive together do what they do when they are typed one by one."""

import json
import shutil
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, Static

from oxtui.demo import write_demo
from oxtui.store.models import PIN_KEY
from oxtui.ui.dialogs import planning
from oxtui.ui.dialogs.prune import PruneDialog
from oxtui.ui.screens.main import MainScreen
from oxtui.ui.typeahead import READING
from tests.ui.conftest import app_on, main_screen, until

NAMES = {
    "/": "slash",
    "⏎": "enter",
    "⇥": "tab",
    " ": "space",
    "⎋": "escape",
    "?": "question_mark",
} | {"[": "left_square_bracket", "]": "right_square_bracket", ":": "colon", "↓": "down"}
# A letter is a key; the signs above stand for keys that have none.
TYPED = [
    "/cron⏎j⏎gt⇥mweb⏎u",  # a filter, a session read, a drag, and an act taken back
    "j⏎⇥mweb⏎⏎gt",
    "jj⇥gJ]g⇥jj",  # a session is read before a key goes to it
    "Mweb⏎j⏎G",  # a dialog opens before a key goes to it
    "adj⏎k",
    "djdjuuj",
    "rxyz⏎jrabc⏎u",
    "HH?⎋jP⎋C⎋j",
    ":prune⏎",
]


class Seen(NamedTuple):
    """What a user would see, and what is on disk."""

    screen: str
    focused: str
    field: str
    sidebar: tuple[object, ...]
    timeline: tuple[object, ...]
    files: dict[str, tuple[object, object, object]]


@asynccontextmanager
async def opened(base: Path) -> AsyncGenerator[tuple[Pilot[None], MainScreen]]:
    app = app_on(base)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = main_screen(app)
        await until(pilot, lambda: len(screen.library.entries) == 40)
        await at_rest(pilot, screen)
        yield pilot, screen


async def at_rest(pilot: Pilot[None], screen: MainScreen) -> None:
    """Waits until nothing goes on that keys began."""

    def resting() -> bool:
        if pilot.app.message_queue_size:
            return False
        chosen = screen.sidebar.cursor_session
        groups = {*READING, "typed", "following"}
        running = [w for w in pilot.app.workers if w.group in groups and w.progress < 100]
        asking = len(pilot.app.screen_stack) > 1
        if chosen is not None and screen.timeline.session_id != chosen:
            return False
        return all(asking and w.group in ("requests", "history-empty") for w in running)

    await until(pilot, resting)
    await pilot.pause()
    await until(pilot, resting)


def key(sign: str) -> events.Key:
    name = NAMES.get(sign, sign)
    printable = sign == name or name in ("slash", "space", "question_mark", "colon")
    return events.Key(name, sign if printable else None)


def type_together(pilot: Pilot[None], keys: Sequence[str]) -> None:
    for each in keys:
        pilot.app.post_message(key(each))


def seen(pilot: Pilot[None], screen: MainScreen, base: Path) -> Seen:
    focused = pilot.app.focused
    return Seen(
        type(pilot.app.screen).__name__,
        f"{type(focused).__name__} {focused.id if focused else ''}",
        "|".join(field.value for field in pilot.app.screen.query(Input)),
        (
            screen.sidebar.cursor_session,
            screen.sidebar.cursor_line,
            screen.sidebar.acting_on,
            screen.sidebar.drag_state,
            str(screen.sidebar.border_title),
            str(screen.sidebar.border_subtitle),
        ),
        (screen.timeline.session_id, screen.timeline.cursor, str(screen.timeline.border_subtitle)),
        {path.name: facts_of(path, screen) for path in (base / "sessions").glob("*.json")},
    )


def facts_of(path: Path, screen: MainScreen) -> tuple[object, object, object]:
    """What of a file keys can change, without what is made at random."""
    try:
        value = json.loads(path.read_text())
    except ValueError:
        return None, None, None
    metadata = value.get("metadata", {})
    project = screen.library.project_name(value.get("project_id") or "")
    return project, metadata.get("title"), metadata.get(PIN_KEY)


async def outcome(base: Path, parts: Sequence[str]) -> Seen:
    """What comes of keys that are typed together, part by part."""
    async with opened(base) as (pilot, screen):
        for part in parts:
            type_together(pilot, part)
            await at_rest(pilot, screen)
        return seen(pilot, screen, base)


@pytest.mark.parametrize("keys", TYPED)
async def test_a_burst_is_as_good_as_slow_typing(keys: str, tmp_path: Path) -> None:
    quick, slow = tmp_path / "quick" / "store", tmp_path / "slow" / "store"
    write_demo(quick, now=datetime.now(UTC))
    shutil.copytree(quick, slow)
    assert await outcome(quick, [keys]) == await outcome(slow, list(keys))


@pytest.mark.parametrize("keys", ["P⇥⇥⇥⇥a", "P⇥⇥⇥3⇥a"])
async def test_a_plan_that_takes_its_time_is_waited_for(
    keys: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MOST_AT_ONCE", 0)
    monkeypatch.setattr(planning, "_TYPING_S", 0.3)
    outcomes: list[tuple[Seen, str]] = []
    for name, parts in (("quick", [keys]), ("slow", list(keys))):
        base = tmp_path / name / "store"
        write_demo(base, now=datetime.now(UTC))
        (base / "config.toml").write_text("[session]\nmax_sessions = 5\nttl_hours = 0\n")
        async with opened(base) as (pilot, screen):
            for part in parts:
                type_together(pilot, part)
                await at_rest(pilot, screen)
            dialog = pilot.app.screen
            assert isinstance(dialog, PruneDialog)
            totals = str(dialog.query_one("#totals", Static).render())
            outcomes.append((seen(pilot, screen, base), totals))
    assert outcomes[0] == outcomes[1]
