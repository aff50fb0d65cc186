"""Every order of our steps of a swap and the steps of a writer without locks: no turn is lost.

A step of ours is a line of the modules that swap; whatever the other program does next, it does
before one of them. `OXTUI_TEST_INTERLEAVINGS` says how many orders are tried for each program; by
default there are few, to be quick.
"""

import json
import os
import random
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, Final

import pytest

from oxtui.errors import ChangedError, WriteFailedError
from oxtui.store import compare_and_swap as swapping
from oxtui.store import leases
from tests.store.files import leases_are_to_be_had

ORDERS: Final = int(os.environ.get("OXTUI_TEST_INTERLEAVINGS", "150"))
OURS: Final = frozenset(
    str(Path(swapping.__file__).with_name(name))
    for name in ("compare_and_swap.py", "durable.py", "leases.py", "temp_files.py", "rename.py")
)

TraceFunction = Callable[[FrameType, str, Any], Any]
Step = Callable[["Other"], object]


class Other(threading.Thread):
    """A program that takes its steps one by one, each when it is let.

    Attributes:
        path: The file that it works on.
        turns: How many turns it has saved.
        session: What it has read.
        file: What it has open to write in place.
    """

    def __init__(self, path: Path, steps: Sequence[Step]) -> None:
        super().__init__(daemon=True)
        self.path = path
        self.turns = 0
        self.session: dict[str, Any] = {}
        self.file = -1
        self._steps = list(steps)
        self._let = threading.Semaphore(0)
        self._taken = threading.Semaphore(0)
        self._failed = False

    def run(self) -> None:
        """Takes the steps."""
        self._failed = True
        for step in self._steps:
            self._let.acquire()
            step(self)
            self._taken.release()
        self._failed = False

    def let(self) -> None:
        """Lets it take its next step; returns when that is done, or has to wait for us."""
        self._let.release()
        self._taken.acquire(
            timeout=0.01
        )  # one that is only slow comes later, which is an order too

    def finish(self) -> None:
        """Takes the steps that were not let yet."""
        self._let.release(len(self._steps) or 1)
        self.join(30)
        assert not self.is_alive()
        assert not self._failed


def read(other: Other) -> None:
    """Loads the session, as Oxios does."""
    other.session = json.loads(other.path.read_bytes())


def save(other: Other) -> None:
    """Saves it with one more turn, as Oxios does."""
    other.session["turns"].append(other.turns)
    other.turns += 1
    temp = other.path.with_name("other.tmp")
    temp.write_bytes(json.dumps(other.session).encode())
    temp.replace(other.path)


def open_in_place(other: Other) -> None:
    """Opens it as an editor does that writes into the very file."""
    other.file = os.open(other.path, os.O_RDWR)


def write_in_place(other: Other) -> None:
    """Writes one more turn into the very file."""
    session = json.loads(os.pread(other.file, 1 << 16, 0))
    session["turns"].append(other.turns)
    other.turns += 1
    data = json.dumps(session).encode()
    os.pwrite(other.file, data, 0)
    os.ftruncate(other.file, len(data))
    os.close(other.file)


def remove(other: Other) -> None:
    """Removes the file."""
    other.path.unlink()


@contextmanager
def before_each_line(do: Callable[[], object]) -> Generator[None]:
    """Does something before each line of the modules that swap."""

    def line(frame: FrameType, event: str, arg: object) -> TraceFunction:
        if event == "line":
            do()
        return line

    def call(frame: FrameType, event: str, arg: object) -> TraceFunction | None:
        return line if frame.f_code.co_filename in OURS else None

    before = sys.gettrace()
    sys.settrace(call)
    try:
        yield
    finally:
        sys.settrace(before)


def swapped(path: Path, other: Other, at: Iterable[int]) -> int:
    """Swaps, while the other program takes its steps before these lines; how many there were."""
    lines, left = 0, list(at)

    def before_line() -> None:
        nonlocal lines
        lines += 1
        while left and left[0] <= lines:
            left.pop(0)
            other.let()

    expected = path.read_bytes()
    content = expected.replace(b'"title": 0', b'"title": 12345')
    other.start()
    with before_each_line(before_line), suppress(ChangedError, WriteFailedError):
        swapping.swap(path, expected, content)
    other.finish()
    return lines


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if not leases_are_to_be_had(tmp_path):
        pytest.skip("a file system without leases")
    monkeypatch.setattr(leases, "_PATIENCE_S", 0.0)
    folder = tmp_path / "sessions"
    folder.mkdir()
    return folder / "x.json"


def begin(path: Path) -> None:
    path.write_bytes(json.dumps({"title": 0, "turns": []}).encode())


def assert_nothing_lost(path: Path, other: Other, at: Sequence[int]) -> None:
    session = json.loads(path.read_bytes())
    assert session["turns"] == list(range(other.turns)), at
    assert [each.name for each in path.parent.iterdir()] == [path.name], at


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param((read, save), id="a turn"),
        pytest.param((read, save, read, save), id="two turns"),
        pytest.param((read, save, read, save, read, save), id="three turns"),
        pytest.param((open_in_place, write_in_place), id="written in place"),
        pytest.param((open_in_place, write_in_place, read, save), id="in place, and a turn"),
        pytest.param((read, save, open_in_place, write_in_place), id="a turn, and in place"),
    ],
)
def test_no_turn_is_lost_in_whatever_order(path: Path, steps: Sequence[Step]) -> None:
    begin(path)
    lines = swapped(path, Other(path, ()), ())
    end = lines + lines // 2  # a crossing makes it longer
    orders = {tuple(sorted(random.choices(range(1, end), k=len(steps)))) for _ in range(ORDERS)}
    orders |= {(at,) * len(steps) for at in range(1, end, max(1, 40 * 150 // ORDERS // 10))}
    for at in orders:
        begin(path)
        other = Other(path, steps)
        swapped(path, other, at)
        assert_nothing_lost(path, other, at)


def test_what_was_removed_stays_removed_in_whatever_order(path: Path) -> None:
    begin(path)
    lines = swapped(path, Other(path, ()), ())
    for at in range(1, lines + 1):
        begin(path)
        swapped(path, Other(path, (remove,)), (at,))
        assert not list(path.parent.iterdir()), at
