"""A program in a pty, with a clock beside it."""

import os
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from oxtui.units import plural
from tests.terminal.terminal import OXTUI, Terminal

_PATIENCE_S: Final = 180.0
_QUIET_S: Final = 0.025
"""Longer than a frame of Textual, shorter than the cursor rests before the timeline follows."""
_FRAME_S: Final = 0.003
_MARK_COLUMN: Final = 12
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class NeverCameError(Exception):
    """A program did not draw what was waited for; the text shows its screen.

    Attributes:
        what: What was waited for.
    """

    def __init__(self, what: str, screen: str) -> None:
        super().__init__(f"{what}\n{screen}")
        self.what = what


class Echo(NamedTuple):
    """What a key led to.

    Attributes:
        seconds: From the key to the last byte of what it changed on the screen.
        size: How many bytes that were.
    """

    seconds: float
    size: int


class Probe(Terminal):
    """Runs a command and tells when things come to its terminal."""

    def __init__(self, command: Sequence[str], home: Path) -> None:
        self.started = time.perf_counter()
        super().__init__(command, home)

    def arrival(self, text: str, since: int = 0) -> float:
        """Waits until a word is drawn; when it was, by `time.perf_counter`.

        Args:
            text: What is drawn in one piece, that is, in one style and on one line.
            since: How much had been written before it may count.
        """
        needle, deadline = text.encode(), time.perf_counter() + _PATIENCE_S
        while (found := self.written.find(needle, since)) < 0:
            since = max(since, len(self.written) - len(needle))
            self._take_in(f"“{text}” on the screen", deadline)
        return self._came(found + len(needle))

    def echo(self, *keys: str) -> Echo:
        """Presses keys and waits until what they changed is drawn."""
        before, began = len(self.written), time.perf_counter()
        self.press(*keys)
        self._answer(f"an answer to {keys}", began)
        self.quiet(_QUIET_S)
        return Echo(self.arrivals[-1][0] - began, len(self.written) - before)

    def moved(self, key: str) -> float:
        """Presses a key that moves the cursor of a list; the seconds until its move is drawn.

        Whatever else is drawn meanwhile does not count, unless it comes in between.
        """
        before, began = self._marked(), time.perf_counter()
        self.press(key)
        while self._marked() == before:
            self._answer(f"a move at {key}", began)
            self.quiet(_FRAME_S)  # what is drawn in one go may come in pieces
        return self.arrivals[-1][0] - began

    def quiet(self, seconds: float) -> None:
        """Takes in what comes until nothing has come for a while."""
        last = time.perf_counter()
        deadline = last + _PATIENCE_S
        while (left := last + seconds - time.perf_counter()) > 0:
            before = len(self.written)
            self._take_in("quiet", deadline, left)
            if len(self.written) > before:
                last = self.arrivals[-1][0]

    def idle(self, seconds: float) -> None:
        """Takes in what comes for a while."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self._take_in("a pause", until + _PATIENCE_S, left)

    def leave(self) -> None:
        """Has oxtui quit, so that it remembers what it has read."""
        self.press("q")
        self.ended()

    def resident(self) -> float:
        """Megabytes of memory that the program has, without those that it started."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * _PAGE / 1e6

    def resident_of_children(self) -> float:
        """Megabytes that belong to the processes that it started, and to no other."""
        return sum(map(_private, self.processes[1:]))

    def _answer(self, what: str, began: float) -> None:
        before = len(self.written)
        while len(self.written) == before:
            self._take_in(what, began + _PATIENCE_S)

    def _take_in(self, what: str, deadline: float, timeout_s: float = 0.05) -> None:
        if time.perf_counter() > deadline:
            raise NeverCameError(f"{what} never came", self.text)
        if not self._pump(timeout_s):
            raise NeverCameError(f"the program ended before {what} came", self.text)

    def _marked(self) -> set[str]:
        """The lines on the left whose background is unlike that of most others."""
        self._look()
        colours = [self.screen.buffer[y][_MARK_COLUMN].bg for y in range(self.screen.lines)]
        usual, _ = Counter(colours).most_common(1)[0]
        return {self._line(y, 2 * _MARK_COLUMN) for y, c in enumerate(colours) if c != usual}

    def _came(self, offset: int) -> float:
        """When what was written had become so much."""
        index = bisect_right(self.arrivals, offset - 1, key=lambda arrival: arrival[1])
        return self.arrivals[index][0]


def opened(base: Path, home: Path, *options: str) -> Probe:
    """oxtui on a store."""
    return Probe([OXTUI, "open", *options, str(base)], home)


def counted(sessions: int) -> str:
    """What oxtui's status line says once it knows all sessions."""
    return f"{plural(sessions, 'session')} in"


def _private(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    private = (line for line in lines if line.startswith(("Private_Dirty:", "Private_Clean:")))
    return sum(int(line.split()[1]) * 1024 for line in private) / 1e6
