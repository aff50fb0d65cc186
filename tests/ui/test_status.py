"""The status line says what is so, whatever else goes on."""

import shutil

import pytest
from textual.app import App, ComposeResult

from oxtui.errors import WriteFailedError
from oxtui.store.library import ScanProgress
from oxtui.store.state_store import StateStore
from oxtui.ui import outlook
from oxtui.ui.status import StatusLine
from tests.ui.conftest import until
from tests.ui.test_main import opened, toasts


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield StatusLine()


async def test_what_the_next_key_is_about_comes_first() -> None:
    app = Host()
    async with app.run_test():
        line = app.query_one(StatusLine)
        line.update_status(store="~/store", scanning="reading")
        assert line.render().plain == "reading"
        line.update_status(acting="acting")
        assert line.render().plain == "acting"
        line.update_status(dragging="dragging")
        line.update_status(scanning="", acting="")
        assert line.render().plain == "dragging"
        line.update_status(dragging="")
        assert line.render().plain.startswith("~/store")


async def test_a_scan_says_nothing_into_a_drag(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        await pilot.press("m")
        screen.library.scanning = ScanProgress(1, 5)
        await until(pilot, lambda: "1 of 5" in screen.status.status.scanning)
        assert "enter drops" in screen.status.render().plain
        screen.library.scanning = None
        await until(pilot, lambda: not screen.status.status.scanning)
        assert "enter drops" in screen.status.render().plain
        await pilot.press("escape")
        await until(pilot, lambda: not screen.status.status.busy)


async def test_an_act_that_fails_is_not_going_on(demo_store: StateStore) -> None:
    async with opened(demo_store) as (_, screen):

        async def failing() -> None:
            screen.status.show_progress(50, 100)
            assert "50 of 100" in screen.status.render().plain
            raise WriteFailedError("No space left.")

        await screen.reporter.report(failing())  # pyright: ignore[reportArgumentType] - it has no result
        assert not screen.status.status.busy


async def test_a_rescan_that_cannot_be_says_why(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        await pilot.press("R")
        await until(pilot, lambda: "40 sessions compared." in toasts(screen))
        shutil.rmtree(demo_store.sessions_path)
        demo_store.sessions_path.write_text("no folder any more")
        pilot.app.clear_notifications()
        await pilot.press("R")
        await until(pilot, lambda: "can't be listed" in toasts(screen))
        assert "compared." not in toasts(screen)


async def test_a_search_that_ends_is_not_still_reading(
    demo_store: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    async with opened(demo_store) as (pilot, screen):
        screen.status.update_status(searching="still reading 7 sessions")
        await pilot.press("slash", "x")
        await until(pilot, lambda: "again" in toasts(screen))
        assert not screen.status.status.searching


async def test_the_outlook_comes_although_changes_never_settle(
    demo_store: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlook, "_DELAY_S", 3_600)
    monkeypatch.setattr(outlook, "_LATEST_S", 0.1)
    config = demo_store.base_path / "config.toml"
    config.write_text("[session]\nmax_sessions = 5\nttl_hours = 0\n")
    async with opened(demo_store) as (pilot, screen):
        await until(pilot, lambda: "next prune" in screen.status.status.prune)
        before = screen.status.status.prune
        config.write_text("[session]\nmax_sessions = 40\nttl_hours = 0\n")
        await until(pilot, lambda: "next prune" in screen.status.status.prune.replace(before, ""))
