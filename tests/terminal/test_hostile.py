"""The installed program on a store of everything hostile: every screen, every byte it writes."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.hostile import (
    ALL_NAME,
    SHORT,
    TEXTS,
    HostileStore,
    encoded,
    session,
    write_store,
)
from tests.terminal.stream import inspected
from tests.terminal.terminal import OXTUI, Terminal

COLUMNS, LINES = 120, 40
THOROUGH = bool(os.environ.get("OXTUI_THOROUGH"))
"""Whether to read each session with each key, which takes minutes, and not a choice of them."""
_SLOWEST_S = 1.0 if THOROUGH else 3.0
"""What a key may cost; more beside the other tests, with which it then shares the processor."""
_IDLE_NS = 1_000_000
_PROBE_S = 0.01
_PATIENCE_S = 60.0
_ESCAPE_S = 0.25
"""For so long a program waits whether an escape is a key or begins the name of one."""


class Patient(Terminal):
    """A terminal that waits for the end of what each key does, and knows what that cost.

    Attributes:
        costs: For each key the seconds of processor time for which no other could be dealt with.
    """

    def __init__(self, base: Path, home: Path) -> None:
        super().__init__([OXTUI, "open", str(base)], home, COLUMNS, LINES)
        self.costs: list[tuple[float, str]] = []

    def keys(self, *keys: str) -> None:
        """Presses keys, each one after the one before was dealt with."""
        for key in keys:
            began = self._kept_ns()
            self.press(key)
            if key == "esc":
                self.let(_ESCAPE_S)
            self.settle()
            self.costs.append(((self._kept_ns() - began) / 1e9, key))

    def let(self, seconds: float) -> None:
        """Lets the program go on for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            assert self._pump(left), f"ended\n{self.text}"

    def settle(self) -> None:
        """Waits until the program and what it started have nothing to do any more."""
        quiet, before = 0, self._used_ns()
        deadline = time.monotonic() + _PATIENCE_S
        while quiet < 2:
            assert time.monotonic() < deadline, "never at rest"
            size = len(self.written)
            assert self._pump(_PROBE_S), f"ended\n{self.text}"
            now = self._used_ns()
            rests = 0 <= now - before < _IDLE_NS and len(self.written) == size and not self._runs()
            quiet, before = (quiet + 1 if rests else 0), now

    def _kept_ns(self) -> int:
        """The processor time that its first thread took, which is the one that deals with keys."""
        return int(Path(f"/proc/{self.pid}/task/{self.pid}/schedstat").read_text().split()[0])

    def _used_ns(self) -> int:
        """The processor time that all threads there are took so far."""
        return sum(int(line.split()[0]) for line in self._of_threads("schedstat"))

    def _runs(self) -> bool:
        """Whether a thread runs, or would if the machine had time for it."""
        return any(line.rpartition(")")[2].split()[0] == "R" for line in self._of_threads("stat"))

    def _of_threads(self, name: str) -> Iterator[str]:
        for pid in self.processes:
            with suppress(FileNotFoundError, ProcessLookupError):  # one that ended meanwhile
                for thread in Path(f"/proc/{pid}/task").iterdir():
                    yield (thread / name).read_text()


@pytest.fixture
def store(tmp_path: Path) -> HostileStore:
    return write_store(tmp_path / "store")


@pytest.fixture
def opened(store: HostileStore, own_home: Path) -> Iterator[Patient]:
    with Patient(store.base, own_home) as terminal:
        terminal.until(f"{store.sessions} sessions")
        terminal.until(f"{store.unreadable} unreadable")
        terminal.settle()
        yield terminal


def assert_harmless(terminal: Patient) -> None:
    """Leaves the program, and looks at all that it wrote and how long it took."""
    terminal.keys("esc", "esc", "esc")
    terminal.press("q")
    assert terminal.ended() == 0
    stream = inspected(bytes(terminal.written), COLUMNS, LINES)
    assert stream.foreign == []
    assert stream.size > 10_000
    slow = [(cost, key) for cost, key in terminal.costs if cost > _SLOWEST_S]
    assert slow == [], terminal.costs


def test_every_row_and_every_dialog(opened: Patient) -> None:
    opened.keys("G", "k", "enter", "tab", "y", "g")
    for _ in range(60 if THOROUGH else 6):
        opened.keys("\x04", *("enter", "tab") * THOROUGH)
    opened.keys("z", "o", "z", "o", "h", "l", "a", "a")
    opened.keys("P", "j", "\x04", " ", "a", "a", "tab", "tab", "esc", "C", "esc", "?", "j", "esc")
    opened.keys("/", "text 1", "enter", "j", "r", "esc", "M", "\x1b[6~", "[", "esc", "p", "u")
    opened.keys("n", "[/x]", "esc", "m", "j", "x", "esc", ":", "[@click=", "esc")
    opened.keys("esc", "esc", "G", "k", "d", "enter", "esc", "R")
    assert_harmless(opened)


def test_every_session_and_every_text(opened: Patient) -> None:
    opened.keys("z", "g", "enter", "t")
    for _ in range(88 if THOROUGH else 15):
        opened.keys("]" if THOROUGH else "]]]]]]", "x")
        opened.keys(*("t", "t", "t", "y", "k", "x") * THOROUGH)
    opened.keys("/", *ALL_NAME, "enter", "g", "enter", "t", "g")
    opened.until(f" {ALL_NAME} ·")
    for _ in range(len(TEXTS) if THOROUGH else len(TEXTS) // 10):
        opened.keys("J" if THOROUGH else "JJJJJJJJJJ")
    opened.keys("G")
    for _ in range(60 if THOROUGH else 3):
        opened.keys("k", "x", "enter", "x", "y", "K")
    opened.keys("w", "e", "E", "t", "t", "t", "F")
    assert_harmless(opened)


def test_what_went_to_the_trash_and_came_back(tmp_path: Path, own_home: Path) -> None:
    base = tmp_path / "store"
    (base / "sessions").mkdir(parents=True)
    texts = list(SHORT.values())
    for number, text in enumerate(texts[:: 1 if THOROUGH else 16]):
        content = encoded(
            session(f"s{number}", text, updated_at=f"2026-06-{number % 28 + 1:02d}T00:00:00Z")
        )
        (base / "sessions" / f"s{number}.json").write_bytes(content)
    count = len(list((base / "sessions").iterdir()))
    with Patient(base, own_home) as terminal:
        terminal.until(f"{count} sessions")
        for _ in range(count):
            terminal.keys("g", "j", "d")
        terminal.until("0 sessions")
        terminal.keys("H", "j", "G", "tab", "j", "G")
        terminal.keys("r", "r")
        terminal.keys("E")
        terminal.keys("esc", "esc")
        terminal.keys("u", "U", "u")
        assert len(list((base / "sessions").iterdir())) == 1
        assert_harmless(terminal)
