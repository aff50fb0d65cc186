"""The tools of a session, on the demo store: one alone, and all of them side by side."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from textual.pilot import Pilot
from textual.widget import Widget

from oxtui.store.state_store import StateStore
from oxtui.ui.app import OxtuiApp
from oxtui.ui.dialogs.ledger import ToolLedger
from oxtui.ui.dialogs.tools import ToolPicker
from oxtui.ui.screens.main import MainScreen
from tests.replay.sessions import exchange
from tests.ui.conftest import app_on, main_screen, until


def toasts(screen: MainScreen) -> str:
    return "\n".join(str(toast.render()) for toast in screen.query("Toast").results(Widget))


@asynccontextmanager
async def reading(
    store: StateStore, size: tuple[int, int] = (120, 40)
) -> AsyncGenerator[tuple[OxtuiApp, Pilot[None], MainScreen]]:
    """The application with the keys on the first session."""
    app = app_on(store.base_path)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: app.screen_stack and isinstance(app.screen, MainScreen))
        screen = main_screen(app)
        await until(pilot, lambda: screen.timeline.turns)
        screen.panes.go_to_timeline()
        await pilot.pause()
        yield app, pilot, screen


async def test_a_tool_is_chosen_and_let_go(demo_store: StateStore) -> None:
    async with reading(demo_store) as (app, pilot, screen):
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, ToolPicker))
        await pilot.press("enter")
        await until(pilot, lambda: screen.timeline.tool is not None)
        assert "only" in str(screen.timeline.border_subtitle)
        await pilot.press("escape")
        await until(pilot, lambda: screen.timeline.tool is None)
        assert screen.focused is screen.timeline
        await pilot.press("escape")
        await until(pilot, lambda: screen.focused is screen.sidebar)


async def test_all_tools_are_no_filter(demo_store: StateStore) -> None:
    async with reading(demo_store) as (app, pilot, screen):
        await pilot.press("f")
        await until(pilot, lambda: isinstance(app.screen, ToolPicker))
        await pilot.press("up", "enter")
        await until(pilot, lambda: app.screen is screen)
        assert screen.timeline.tool is None


async def test_the_ledger_leads_to_a_tool(demo_store: StateStore) -> None:
    async with reading(demo_store, (80, 24)) as (app, pilot, screen):
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, ToolLedger))
        await pilot.press("enter")
        await until(pilot, lambda: screen.timeline.tool is not None)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, ToolLedger))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert screen.timeline.tool is not None


async def test_without_calls_there_is_nothing_to_choose(demo_store: StateStore) -> None:
    async with reading(demo_store) as (app, pilot, screen):
        assert screen.timeline.session_id is not None
        screen.timeline.show(screen.timeline.session_id, exchange(2))
        await pilot.press("f")
        await until(pilot, lambda: "No tool was called" in toasts(screen))
        assert app.screen is screen
