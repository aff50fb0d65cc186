"""The application on a demo store, driven through its pilot."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
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


def main_screen(app: OxtuiApp) -> MainScreen:
    """The main screen, which is on the stack."""
    return next(screen for screen in app.screen_stack if isinstance(screen, MainScreen))
