"""An application around one dialog, and what is to be read on its screen."""

import html
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

from tests.hostile import harm

HOSTILE = "[/x] fix \x1b]52;c;aGk=\x07\x9b2J [@click=app.bell]x[/] \u202eevil\r\n[open"
HOSTILE_SHOWN = "[/x] fix ␛]52;c;aGk=␇"

_TEXT = re.compile(r'clip-path="url\([^)]*line-(\d+)\)">([^<]*)</text>')


class Host(App[None]):
    def __init__(self, make: Callable[[], Screen[Any]]) -> None:
        super().__init__()
        self._make = make
        self.results: list[object] = []

    @property
    def dialog(self) -> Screen[Any]:
        """The dialog, also while another one is over it."""
        return self.screen_stack[1]

    def on_mount(self) -> None:
        self.push_screen(self._make(), self.results.append)

    def shown(self) -> str:
        """What is on the screen, without the spaces that only place it."""
        return shown_by(self)


@asynccontextmanager
async def running(
    make: Callable[[], Screen[Any]], size: tuple[int, int] = (80, 24)
) -> AsyncGenerator[tuple[Host, Pilot[None]]]:
    app = Host(make)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, pilot


def shown_by(app: App[None]) -> str:
    """What an application shows, without the spaces that only place it."""
    lines: dict[int, list[str]] = {}
    for number, text in _TEXT.findall(app.export_screenshot()):
        lines.setdefault(int(number), []).append(html.unescape(text).replace("\xa0", " "))
    return "\n".join("".join(lines[number]) for number in sorted(lines))


def is_safe(text: str) -> bool:
    """Whether nothing in it could do anything to a terminal."""
    return not harm(text)
