"""The main job: open, see, act, and the file is changed."""

import json
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest
from textual import events
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from oxtui.locations import state_folder
from oxtui.store.models import PIN_KEY, SessionId
from oxtui.store.state_store import StateStore
from oxtui.ui.dialogs.config import ConfigDialog
from oxtui.ui.dialogs.confirm import Confirm
from oxtui.ui.dialogs.export import ExportDialog
from oxtui.ui.dialogs.picker import ProjectPicker
from oxtui.ui.dialogs.prompt import TextPrompt
from oxtui.ui.dialogs.prune import PruneDialog
from oxtui.ui.screens.help import HelpScreen
from oxtui.ui.screens.history import HistoryScreen
from oxtui.ui.screens.main import MainScreen
from oxtui.ui.screens.no_store import NoStoreScreen
from tests.ui.conftest import app_on, choose, main_screen, until
from tests.ui.dialogs.host import shown_by

if TYPE_CHECKING:
    from oxtui.ui.app import OxtuiApp


@asynccontextmanager
async def opened(
    store: StateStore, size: tuple[int, int] = (120, 40), **options: object
) -> AsyncGenerator[tuple[Pilot[None], MainScreen]]:
    """The application with the store read and the first session shown."""
    app = app_on(store.base_path, **options)
    async with app.run_test(size=size, notifications=True) as pilot:
        screen = main_screen(app)
        await until(pilot, lambda: len(screen.library.entries) == 40)
        await until(pilot, lambda: screen.timeline.session_id == screen.sidebar.cursor_session)
        yield pilot, screen


def content(store: StateStore, session_id: str) -> dict[str, Any]:
    return json.loads(store.session_path(SessionId(session_id)).read_text())


def toasts(screen: MainScreen) -> str:
    return "\n".join(str(toast.render()) for toast in screen.query("Toast").results(Widget))


def project(store: StateStore, session_id: str) -> object:
    return content(store, session_id).get("project_id")


def turn(screen: MainScreen) -> int | None:
    return screen.timeline.cursor and screen.timeline.cursor.turn


async def at_titled(pilot: Pilot[None], screen: MainScreen, title: str) -> SessionId:
    """Puts the cursor on a session by its title."""
    found = next(e for e in screen.library.entries.values() if title in (e.summary.title or ""))
    screen.sidebar.set_filter(found.session_id)
    screen.sidebar.set_filter("")
    await until(pilot, lambda: screen.timeline.session_id == found.session_id)
    return found.session_id


async def test_shows_every_project_and_what_cannot_be_read(demo_store: StateStore) -> None:
    async with opened(demo_store) as (_, screen):
        names = {project.name for project in screen.library.projects}
        assert {"api", "website", "한국어 문서"} <= names
        assert len(screen.library.unreadable) == 2
        status = screen.status.status
        assert (status.sessions, status.projects, status.unreadable) == (40, 6, 2)


async def test_a_session_is_dropped_on_another_project_and_undone(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        session = await at_titled(pilot, screen, "Retry the failed cron jobs")
        path = demo_store.session_path(session)
        before, status = path.read_bytes(), path.stat()
        home = project(demo_store, session)
        website = next(p for p in screen.library.projects if p.name == "website")
        await pilot.press("m", *"webs")
        await until(pilot, lambda: "website" in screen.status.status.busy)
        await pilot.press("enter")
        await until(pilot, lambda: project(demo_store, session) == website.project_id)
        await until(
            pilot,
            lambda: screen.library.entries[session].summary.project_id == website.project_id,
        )
        assert "Moved 1 session to website" in toasts(screen)
        changed = [
            line
            for line in path.read_text().splitlines()
            if line not in before.decode().splitlines()
        ]
        assert [line.strip().split(":")[0] for line in changed] == ['"project_id"', '"updated_at"']
        await pilot.press("u")
        await until(pilot, lambda: project(demo_store, session) == home)
        assert path.read_bytes() == before
        assert path.stat().st_mtime_ns == status.st_mtime_ns


async def test_escape_lets_go_and_changes_nothing(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        session = await at_titled(pilot, screen, "Retry the failed cron jobs")
        before = demo_store.session_path(session).read_bytes()
        await pilot.press("m", "j")
        await until(pilot, lambda: "enter drops" in screen.status.status.busy)
        await pilot.press("escape")
        await until(pilot, lambda: not screen.status.status.busy)
        assert demo_store.session_path(session).read_bytes() == before


async def test_many_sessions_move_to_a_project_that_is_made_for_them(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store) as (pilot, screen):
        await at_titled(pilot, screen, "Retry the failed cron jobs")
        await pilot.press("a", "M")
        await until(pilot, lambda: isinstance(pilot.app.screen, ProjectPicker))
        chosen = screen.sidebar.acting_on
        assert len(chosen) > 3
        await pilot.press(*"fresh", "enter")
        await until(pilot, lambda: any(p.name == "fresh" for p in screen.library.projects))
        fresh = next(p for p in screen.library.projects if p.name == "fresh").project_id
        await until(pilot, lambda: all(project(demo_store, i) == fresh for i in chosen))
        assert len(screen.sidebar.acting_on) <= 1  # nothing stays selected out of sight


async def test_the_trash_takes_one_and_gives_it_back(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        session = await at_titled(pilot, screen, "Renew the wildcard certificate")
        path = demo_store.session_path(session)
        before = path.read_bytes()
        await pilot.press("d")
        await until(pilot, lambda: session not in screen.library.entries)
        assert not path.exists()
        await pilot.press("H")
        await until(pilot, lambda: isinstance(pilot.app.screen, HistoryScreen))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: session in screen.library.entries)
        assert path.read_bytes() == before


async def test_many_at_once_are_asked_about_and_cancel_has_the_focus(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store) as (pilot, screen):
        await at_titled(pilot, screen, "Retry the failed cron jobs")
        await pilot.press("a", "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("d", "enter")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert len(screen.library.entries) == 40


async def test_rename_and_pin(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        session = await at_titled(pilot, screen, "Retry the failed cron jobs")
        before = content(demo_store, session)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(pilot.app.screen, TextPrompt))
        field = pilot.app.screen.query_one(Input)
        field.value = "세션 [bold]x"
        await pilot.press("enter")
        await until(pilot, lambda: screen.library.entries[session].summary.title == "세션 [bold]x")
        await pilot.press("p")
        await until(pilot, lambda: content(demo_store, session)["metadata"].get(PIN_KEY))
        await pilot.press("p")
        await until(pilot, lambda: PIN_KEY not in content(demo_store, session)["metadata"])
        await pilot.press("u", "u", "u")
        await until(pilot, lambda: content(demo_store, session) == before)


async def test_prune_takes_what_was_shown_and_undo_brings_it_back(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        await pilot.press("P")
        await until(pilot, lambda: isinstance(pilot.app.screen, PruneDialog))
        await pilot.press("P", "enter")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert len(screen.library.entries) == 40
        await pilot.press("P")
        await until(pilot, lambda: isinstance(pilot.app.screen, PruneDialog))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: len(screen.library.entries) == 36)
        await pilot.press("u")
        await until(pilot, lambda: len(screen.library.entries) == 40)


async def test_a_prune_goes_by_what_config_says_when_it_is_asked_for(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store, poll_s=3_600.0) as (pilot, _):
        (demo_store.base_path / "config.toml").write_text("[session]\nmax_sessions = 39\n")
        await pilot.press("P")
        await until(pilot, lambda: isinstance(pilot.app.screen, PruneDialog))
        assert pilot.app.screen.query(Input).first().value == "39"


async def test_config_is_changed_with_its_comments_kept(demo_store: StateStore) -> None:
    config = demo_store.base_path / "config.toml"
    before = config.read_text()
    async with opened(demo_store) as (pilot, screen):
        await pilot.press("C")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfigDialog))
        pilot.app.screen.query(Input).first().value = "12"
        await pilot.pause()
        await pilot.press("enter")
        outlook = screen.presenter.outlook
        await until(pilot, lambda: (read := outlook.settings) and read.max_sessions == 12)
        lines = [line for line in before.splitlines() if not line.startswith("max_sessions")]
        assert set(lines) < set(config.read_text().splitlines())
        await until(pilot, lambda: "28 sessions" in screen.status.status.prune)
        await pilot.press("u")
        await until(pilot, lambda: config.read_text() == before)


async def test_what_others_write_shows_and_moves_nothing(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        session = await at_titled(pilot, screen, "Retry the failed cron jobs")
        path = demo_store.session_path(session)
        other = await demo_store.load_session(session)
        assert other is not None
        other.add_user_message("and once more, please")
        await demo_store.save_session(other)
        turns = len(other.user_messages)
        await until(pilot, lambda: screen.library.entries[session].summary.message_count == turns)
        assert screen.sidebar.cursor_session == session
        path.write_text('{"id": ')
        await until(pilot, lambda: session in screen.library.unreadable)
        assert session in screen.library.entries
        assert screen.timeline.session_id == session
        path.unlink()
        await until(pilot, lambda: session not in screen.library.entries)
        assert screen.sidebar.cursor_session not in (None, session)


async def test_that_the_session_one_reads_was_removed_is_said(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        unread = await at_titled(pilot, screen, "wildcard")
        session = await at_titled(pilot, screen, "Retry the failed cron jobs")
        await pilot.press("enter")
        demo_store.session_path(unread).unlink()
        await until(pilot, lambda: unread not in screen.library.entries)
        assert "was removed" not in toasts(screen)
        content = demo_store.session_path(session).read_bytes()
        screen.timeline.action_first_turn()
        demo_store.session_path(session).unlink()
        await until(pilot, lambda: "was removed" in toasts(screen))
        await until(pilot, lambda: "deleted" in str(screen.timeline.border_title))
        await pilot.press("J")
        assert (screen.timeline.session_id, turn(screen)) == (session, 1)
        demo_store.session_path(session).write_bytes(content)
        await until(pilot, lambda: "deleted" not in str(screen.timeline.border_title))
        assert (screen.timeline.session_id, turn(screen)) == (session, 1)
        assert screen.sidebar.cursor_session != session
        await pilot.press("escape")
        await until(pilot, lambda: screen.timeline.session_id == screen.sidebar.cursor_session)


async def test_one_that_was_found_is_read_on_as_well(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        await pilot.press("slash", *"lock", "enter", "enter")
        await until(pilot, lambda: "hit 1/" in str(screen.timeline.border_subtitle))
        session = screen.timeline.session_id
        assert session
        before = str(screen.sidebar.border_subtitle)
        demo_store.session_path(session).unlink()
        await until(pilot, lambda: "deleted" in str(screen.timeline.border_title))
        await until(pilot, lambda: str(screen.sidebar.border_subtitle) != before)
        await pilot.press("n")
        await until(pilot, lambda: "hit 2/" in str(screen.timeline.border_subtitle))
        assert screen.timeline.session_id == session


async def test_sessions_are_stepped_through_past_groups(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        while screen.sidebar.step_session(1):
            assert screen.sidebar.cursor_session is not None
        await pilot.press("enter", "right_square_bracket")
        await until(pilot, lambda: "No session below" in toasts(screen))
        last = screen.sidebar.cursor_session
        assert last is not None
        await until(pilot, lambda: screen.timeline.session_id == last)
        await pilot.press("left_square_bracket")
        assert screen.sidebar.cursor_session not in (None, last)


async def test_keys_that_only_the_timeline_has_reach_it_from_the_sidebar(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store) as (pilot, screen):
        session = await at_titled(pilot, screen, "Retry the failed cron jobs")
        screen.timeline.action_first_turn()
        before = screen.timeline.detail
        await pilot.press("J", "J", "t")
        assert turn(screen) == 2
        assert screen.timeline.detail is not before
        assert screen.sidebar.has_focus
        for key in ("j", "K", "K"):  # in the session that the cursor came to, at whose end it is
            pilot.app.post_message(events.Key(key, key))
        await until(pilot, lambda: screen.timeline.session_id not in (None, session))
        last = len(screen.timeline.turns) - 1
        await until(pilot, lambda: turn(screen) == last - 1)
        await pilot.press("m", "K", "escape")
        assert turn(screen) == last - 1


async def test_on_a_narrow_screen_they_go_there(demo_store: StateStore) -> None:
    async with opened(demo_store, size=(60, 20)) as (pilot, screen):
        await at_titled(pilot, screen, "Retry the failed cron jobs")
        screen.timeline.action_first_turn()
        await pilot.press("J")
        await until(pilot, lambda: screen.timeline.has_focus and screen.timeline.size.width > 50)
        assert turn(screen) == 1


async def test_n_goes_on_from_a_search_to_the_place(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        await pilot.press("slash", *"lock", "enter", "n")
        await until(pilot, lambda: "hit 1/" in str(screen.timeline.border_subtitle))
        assert screen.timeline.has_focus
        assert pilot.app.screen is screen


async def test_a_search_leaves_what_has_the_text_anywhere(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        having = {
            SessionId(path.stem)
            for path in demo_store.sessions_path.iterdir()
            if "lock" in path.read_text().casefold() and path.stem in screen.library.entries
        }
        assert having
        await pilot.press("slash", *"LOCK")
        await until(pilot, lambda: f"{len(having)} of 40" in str(screen.sidebar.border_subtitle))
        await pilot.press("enter")
        await until(pilot, lambda: screen.sidebar.has_focus)
        assert screen.sidebar.cursor_session in having
        await pilot.press("enter")
        await until(pilot, lambda: "hit 1/" in str(screen.timeline.border_subtitle))
        await pilot.press("n")
        await until(pilot, lambda: "hit 2/" in str(screen.timeline.border_subtitle))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: not screen.query_one("#filter").display)
        assert "of 40" not in str(screen.sidebar.border_subtitle)


async def test_a_read_only_store_says_why_it_changes_nothing(demo_store: StateStore) -> None:
    async with opened(demo_store, read_only="opened with --read-only") as (pilot, screen):
        session = await at_titled(pilot, screen, "Retry the failed cron jobs")
        before = demo_store.session_path(session).read_bytes()
        for key in ("m", "M", "d", "r", "p", "n", "u"):
            pilot.app.clear_notifications()
            await pilot.press(key)
            await until(pilot, lambda: "--read-only" in toasts(screen))
            assert pilot.app.screen is screen, key
        assert demo_store.session_path(session).read_bytes() == before
        await pilot.press("P")
        await until(pilot, lambda: pilot.app.screen is not screen)
        assert pilot.app.screen.query_one("#accept").disabled
        assert not (demo_store.base_path / ".oxtui").exists()
        assert screen.status.status.read_only


async def test_under_80_columns_one_pane_at_a_time(demo_store: StateStore) -> None:
    async with opened(demo_store, size=(60, 20)) as (pilot, screen):
        assert screen.sidebar.size.width > 50
        assert screen.timeline.size.width == 0
        await at_titled(pilot, screen, "Retry the failed cron jobs")
        await pilot.press("enter")
        await until(pilot, lambda: screen.timeline.has_focus and screen.timeline.size.width > 50)
        await pilot.press("escape")
        await until(pilot, lambda: screen.sidebar.has_focus and screen.sidebar.size.width > 50)


async def test_folds_cursor_and_width_survive_a_restart(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        session = await at_titled(pilot, screen, "Retry the failed cron jobs")
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: screen.query_one("#left").size.width == 42)
        state = screen.sidebar.state
    async with opened(demo_store) as (pilot, screen):
        await until(pilot, lambda: screen.sidebar.cursor_session == session)
        assert screen.sidebar.state == state
        await until(pilot, lambda: screen.query_one("#left").size.width == 42)


def remembered_width(store: StateStore) -> object:
    return json.loads((state_folder(store.base_path) / "screen.json").read_text())["width"]


async def test_a_width_that_does_not_fit_for_now_is_kept(demo_store: StateStore) -> None:
    path = state_folder(demo_store.base_path) / "screen.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"width": 60}')
    async with opened(demo_store) as (pilot, screen):
        left = screen.query_one("#left")
        await until(pilot, lambda: left.size.width == 60)
        await pilot.resize_terminal(82, 30)
        await until(pilot, lambda: screen.timeline.outer_size.width == 24)
        assert left.size.width == 57
        await pilot.resize_terminal(70, 30)
        await until(pilot, lambda: left.size.width == 70)  # one pane at a time
        await pilot.press("less_than_sign", "greater_than_sign", "greater_than_sign")
        await pilot.resize_terminal(120, 30)
        await until(pilot, lambda: left.size.width == 60)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await pilot.resize_terminal(82, 30)
        await pilot.press("escape")
        await until(pilot, lambda: screen.timeline.outer_size.width == 24)
    assert remembered_width(demo_store) == 60
    async with opened(demo_store, size=(70, 30)):
        pass
    assert remembered_width(demo_store) == 60


async def test_a_width_that_is_chosen_is_one_that_fits(demo_store: StateStore) -> None:
    async with opened(demo_store, size=(90, 30)) as (pilot, screen):
        left = screen.query_one("#left")
        await pilot.press(*["greater_than_sign"] * 10)
        await until(pilot, lambda: left.size.width == 65)
        await pilot.press("less_than_sign")
        await until(pilot, lambda: left.size.width == 61)
        await pilot.press(*["less_than_sign"] * 12)
        await until(pilot, lambda: left.size.width == 24)
    assert remembered_width(demo_store) == 24


async def test_a_store_that_is_not_there_is_said_and_looked_for_again(tmp_path: Any) -> None:
    app = app_on(tmp_path / "nowhere")
    async with app.run_test(notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, NoStoreScreen))
        shown = "".join(str(part.render()) for part in app.screen.query(Static))
        assert str(tmp_path / "nowhere") in shown
        assert "oxtui demo" in shown
        (tmp_path / "nowhere").mkdir()
        await pilot.press("R")
        await until(pilot, lambda: isinstance(app.screen, MainScreen))


async def test_help_and_palette_know_every_key(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        app = cast("OxtuiApp", pilot.app)
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        palette = app.get_system_commands(cast("Screen[object]", screen))
        commands = {command.title for command in palette}
        assert {"Move", "Prune", "Config", "Undo", "History and trash", "Theme"} <= commands


@pytest.mark.parametrize(
    ("typed", "opened_by_it"),
    [
        ("prune", PruneDialog),
        ("rename", TextPrompt),
        ("help", HelpScreen),
        ("export", ExportDialog),
    ],
)
@pytest.mark.parametrize("keys", [[], ["tab"]])
async def test_the_palette_does_what_the_key_does_in_whichever_pane_that_is(
    demo_store: StateStore, keys: list[str], typed: str, opened_by_it: type[Screen[object]]
) -> None:
    async with opened(demo_store) as (pilot, screen):
        await at_titled(pilot, screen, "Retry the failed cron jobs")
        await pilot.press(*keys)
        await choose(pilot, typed)
        await until(pilot, lambda: isinstance(pilot.app.screen, opened_by_it))


async def test_help_in_a_dialog_has_its_keys(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, _):
        await pilot.press("P")
        await until(pilot, lambda: isinstance(pilot.app.screen, PruneDialog))
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        shown = "\n".join(str(part.render()) for part in pilot.app.screen.query(Static))
        assert "Keep or let go" in shown
        assert "Sidebar" not in shown
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, PruneDialog))


async def test_in_ascii_nothing_that_is_drawn_is_anything_else(demo_store: StateStore) -> None:
    def drawn() -> set[str]:
        return {c for c in shown_by(pilot.app) if "\u2010" <= c <= "\u2bff" or c == "🔎"}

    async with opened(demo_store, ascii=True, size=(100, 14)) as (pilot, screen):
        await at_titled(pilot, screen, "Retry the failed cron jobs")
        await until(pilot, lambda: screen.timeline.show_vertical_scrollbar)
        await pilot.press("o")
        await until(pilot, lambda: "Sessions: " in toasts(screen))
        await pilot.pause()
        assert drawn() == set()
        await pilot.press("r", "x", "enter")
        await until(pilot, lambda: 'to "' in shown_by(pilot.app))
        assert drawn() == set()
        await pilot.press("escape", "m")
        await until(pilot, lambda: "Next project" in shown_by(pilot.app))
        assert drawn() == set()
        await pilot.press("escape", "slash")
        await until(pilot, lambda: "To what was found" in shown_by(pilot.app))
        assert drawn() == set()
        await pilot.press("escape", "colon")
        await until(pilot, lambda: "Search for commands..." in shown_by(pilot.app))
        await pilot.press("q", "u")
        await until(pilot, lambda: "Quit" in shown_by(pilot.app))
        await pilot.pause()
        assert drawn() == set()


async def test_a_folder_that_went_is_said_and_what_is_shown_keeps_its_title(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store, poll_s=0.1) as (pilot, screen):
        await at_titled(pilot, screen, "Retry the failed cron jobs")
        await until(pilot, lambda: "Retry" in str(screen.timeline.border_title))
        shutil.rmtree(demo_store.sessions_path)
        await until(pilot, lambda: "The sessions folder" in shown_by(pilot.app))
        assert "No sessions yet" not in shown_by(pilot.app)
        await until(pilot, lambda: "deleted" in str(screen.timeline.border_title))
        assert "Retry the failed cron jobs" in str(screen.timeline.border_title)
        await pilot.press("slash", "x")
        assert "The sessions folder" in shown_by(pilot.app)


async def test_a_folder_that_was_away_holds_nothing_new(demo_store: StateStore) -> None:
    async with opened(demo_store, poll_s=0.1) as (pilot, screen):
        away = demo_store.sessions_path.rename(demo_store.base_path / "away")
        await until(pilot, lambda: "The sessions folder" in shown_by(pilot.app))
        away.rename(demo_store.sessions_path)
        await until(pilot, lambda: len(screen.library.entries) == 40)
        await until(pilot, lambda: "Roll out" in shown_by(pilot.app))
        assert "•" not in shown_by(pilot.app)


async def test_it_is_said_what_was_copied(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        session = await at_titled(pilot, screen, "Retry the failed cron jobs")
        await pilot.press("y")
        await until(pilot, lambda: "The id was sent to the terminal" in toasts(screen))
        assert pilot.app.clipboard == session


async def test_the_arrows_go_through_what_is_found_while_it_is_typed(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store) as (pilot, screen):
        await pilot.press("slash", *"cron")
        await until(pilot, lambda: "of 40" in str(screen.sidebar.border_subtitle))
        first = screen.sidebar.cursor_session
        await pilot.press("down")
        await until(pilot, lambda: screen.sidebar.cursor_session not in (None, first))
        second = screen.sidebar.cursor_session
        assert isinstance(screen.focused, Input)
        await until(pilot, lambda: screen.timeline.session_id == second)
        await pilot.press("up")
        await until(pilot, lambda: screen.sidebar.cursor_session == first)


async def test_what_is_not_there_to_go_to_is_said(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        await at_titled(pilot, screen, "Difference between TTL")
        await pilot.press("enter", "n")
        await until(pilot, lambda: "Nothing is looked for. / does." in toasts(screen))
        await pilot.press("e")
        await until(pilot, lambda: "No error in this session." in toasts(screen))


async def test_a_click_goes_to_a_block_and_opens_it(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        await at_titled(pilot, screen, "Retry the failed cron jobs")
        await pilot.press("enter", "g")
        timeline = screen.timeline
        await until(pilot, lambda: timeline.has_focus)
        rows = [timeline.render_line(y).text for y in range(timeline.size.height)]
        line = next(y for y, row in enumerate(rows) if "✓" in row)
        before = timeline.virtual_size.height
        await pilot.click(timeline, offset=(5, line + 1))  # below the border
        await until(pilot, lambda: timeline.virtual_size.height > before)
