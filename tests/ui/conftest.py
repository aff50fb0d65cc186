"""The application on a demo store, driven through its pilot."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.command import CommandList, CommandPalette
from textual.pilot import Pilot

from oxtui.demo import write_demo
from oxtui.locations import StoreLocation, StoreSource
from oxtui.store.state_store import StateStore
from oxtui.ui.app import OxtuiApp
from oxtui.ui.options import Options
from oxtui.ui.screens.main import MainScreen

_MOST_PAUSES = 400

Until = Callable[[Callable[[], object]], object]


@pytest.fixture
def demo_store(tmp_path: Path) -> StateStore:
    """The demo store as it is now, of which nobody writes on."""
    base = tmp_path / "demo"
    write_demo(base, now=datetime.now(UTC))
    return StateStore(base)


def app_on(base: Path, **options: object) -> OxtuiApp:
    """The application on a store."""
    location = StoreLocation(base, StoreSource.OPTION)
    return OxtuiApp(Options(location, **options))  # pyright: ignore[reportArgumentType] - by name


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Waits until something is so."""
    for _ in range(_MOST_PAUSES):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("it never came to be")


async def choose(pilot: Pilot[None], *typed: str) -> None:
    """Types what the palette is asked for, one list after the other."""
    await pilot.press("colon")
    for name in typed:
        await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
        await pilot.press(*name)
        commands = pilot.app.screen.query_one(CommandList)
        await until(pilot, lambda commands=commands: commands.option_count == 1)
        shown = pilot.app.screen
        await pilot.press("enter")
        await until(pilot, lambda shown=shown: pilot.app.screen is not shown)


def main_screen(app: OxtuiApp) -> MainScreen:
    """The main screen, which is on the stack."""
    return next(screen for screen in app.screen_stack if isinstance(screen, MainScreen))
