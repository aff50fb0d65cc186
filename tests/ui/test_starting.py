"""What stands between the command and the first frame."""

import subprocess
import sys

from oxtui.store.state_store import StateStore

_SLOW = {
    "aiohttp", "email", "html", "markdown_it", "oxtui.demo", "oxtui.store.acts",
    "oxtui.store.codec", "oxtui.store.search", "oxtui.ui.areas", "oxtui.ui.dialogs",
    "oxtui.ui.reading", "oxtui.ui.screens.help", "oxtui.ui.screens.history",
    "oxtui.ui.timeline.widget", "ctypes", "pydantic", "pydantic_core",
    "pygments", "rich.markdown", "rich.syntax", "tomlkit", "tomllib", "watchfiles",
}  # fmt: skip
_SHOW_FIRST_FRAME = """
import asyncio, os, sys
from pathlib import Path
import oxtui.cli.opening
from oxtui.cli.terminal import run_app
from oxtui.locations import StoreLocation, StoreSource
from oxtui.store.read_ahead import ReadAhead
from oxtui.ui.app import OxtuiApp
from oxtui.ui.options import Options
from oxtui.ui.screens.presenter import Presenter

seen = []

def begin(presenter):  # called once the first frame is drawn
    screen = presenter._screen
    seen.extend([len(screen.library.entries), screen.sidebar.cursor_session, *sys.modules])
    screen.app.exit()

Presenter._begin = begin

async def main():
    ahead = ReadAhead(Path(sys.argv[1]))
    ahead.read()
    location = StoreLocation(Path(sys.argv[1]), StoreSource.OPTION)
    await OxtuiApp(Options(location), ahead).run_async(headless=True, size=(120, 40))

asyncio.run(main())
print(*seen, sep="\\n")
"""


def test_the_first_frame_has_the_sessions_and_waits_for_nothing_else(
    demo_store: StateStore,
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _SHOW_FIRST_FRAME, str(demo_store.base_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    count, cursor, *modules = ended.stdout.splitlines()
    assert count == "40"
    assert cursor != "None"
    slow = {name for name in modules if any(f"{name}.".startswith(f"{each}.") for each in _SLOW)}
    assert not slow
