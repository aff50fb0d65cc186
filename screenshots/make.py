#!/usr/bin/env python3
"""Renders every picture of the README from the running application, on a demo store.

Usage: screenshots/make.py [NAME…]
"""

import asyncio
import html
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.cells import cell_len
from textual.pilot import Pilot

from oxtui.demo import write_demo
from oxtui.locations import StoreLocation, StoreSource
from oxtui.ui.app import OxtuiApp
from oxtui.ui.options import Options

_FOLDER: Final = Path(__file__).parent
_SIZE: Final = (120, 36)
_SETTLE_S: Final = 0.6
_FONT: Final = "'Fira Code', 'DejaVu Sans Mono', Menlo, Consolas, monospace"


_FOUND: Final = ("enter", "wait", "escape", "wait")


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture: what is looked for first, and which keys lead on from there."""

    text: str
    keys: Sequence[str] = _FOUND
    theme: str | None = None


_CRON: Final = "Retry the failed cron jobs"
SCENES: Final = {
    "main": Scene(_CRON),
    "timeline": Scene(_CRON, (*_FOUND, "enter", *"gjjjj", "enter", *"jj", "enter")),
    "search": Scene("lock", ("wait", "down", "wait")),
    "drag": Scene(_CRON, (*_FOUND, "space", "j", "space", "space", *"mjj")),
    "prune": Scene(_CRON, (*_FOUND, "P")),
    "config": Scene(_CRON, (*_FOUND, "C", "2", "4")),
    "light": Scene("Timeline of Tuesday's outage", theme="oxtui-light"),
}


async def _render(base: Path, scene: Scene) -> str:
    options = Options(StoreLocation(base, StoreSource.OPTION), theme=scene.theme)
    app = OxtuiApp(options)
    async with app.run_test(size=_SIZE) as pilot:
        await pilot.pause(_SETTLE_S)
        await _press(pilot, ("slash", *scene.text))
        await _press(pilot, scene.keys)
        return _drawn_anywhere(app.export_screenshot(title="oxtui"))


async def _press(pilot: Pilot[None], keys: Sequence[str]) -> None:
    for key in keys:
        if key == "wait":
            await pilot.pause(_SETTLE_S)
        else:
            await pilot.press(key)
            await pilot.pause(0.1)
    await pilot.pause(_SETTLE_S)


def _drawn_anywhere(svg: str) -> str:
    """The picture without fonts from elsewhere, and with wide characters as wide as they are."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: Fira Code, monospace", f"font-family: {_FONT}", svg)
    return re.sub(r'textLength="([\d.]+)"([^>]*)>([^<]*)<', _as_wide_as_it_is, svg)


def _as_wide_as_it_is(match: re.Match[str]) -> str:
    length, rest, escaped = match.groups()
    text = html.unescape(escaped)
    cell = float(length) / max(1, len(text))
    return f'textLength="{cell * cell_len(text):g}"{rest}>{escaped}<'


async def _main(names: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"HOME": folder, "TZ": "UTC"}
        time.tzset()
        for name in names or SCENES:
            # Short, as it is to be read on the pictures, and new, as what one does stays done.
            base = Path(folder) / name / ".oxios" / "workspace"
            os.environ["HOME"] = str(base.parents[1])
            write_demo(base)
            (_FOLDER / f"{name}.svg").write_text(await _render(base, SCENES[name]))
            print(f"{name}.svg")  # noqa: T201 - it is a command


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1:]))
