"""The installed program in a real pty, seen through a terminal emulator."""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import pyte

OXTUI = str(Path(sys.executable).with_name("oxtui"))
KEYS = {"enter": "\r", "esc": "\x1b", "tab": "\t", "down": "\x1b[B", "up": "\x1b[A", "space": " "}
_PATIENCE_S = 15.0
_ANSWERS = {b"\x1b[c": b"\x1b[?62;c", b"\x1b[5n": b"\x1b[0n", b"\x1b[6n": b"\x1b[1;1R"}


class Terminal:
    """Runs a command and keeps what it wrote and what its screen shows.

    Attributes:
        screen: What its screen showed when it was last looked at.
        written: All that it wrote.
        arrivals: When something came, by `time.perf_counter`, and how much there was then.
        exit_code: How it ended; None while it runs.
    """

    def __init__(
        self, command: Sequence[str], home: Path, columns: int = 120, lines: int = 40
    ) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.written = bytearray()
        self.arrivals: list[tuple[float, int]] = []
        self._looked_at = 0
        self.exit_code: int | None = None
        self._hung_up = False
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            os.execve(command[0], list(command), self.environment(home))
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, size)
        self.modes_before = self.modes
        os.kill(self.pid, signal.SIGWINCH)

    @property
    def modes(self) -> list[object]:
        """How the terminal treats what is typed and written, by `termios`."""
        return termios.tcgetattr(self._descriptor)

    @property
    def processes(self) -> list[int]:
        """The program, and all that it started and these started."""
        return _with_children(self.pid)

    @staticmethod
    def environment(home: Path) -> Mapping[str, str]:
        """What the program sees of the surroundings."""
        return {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.exit_code is None:
            os.kill(self.pid, signal.SIGKILL)
            self._reap()
        self.hang_up()

    @property
    def text(self) -> str:
        """What the screen shows."""
        self._look()
        return "\n".join(self._line(y).rstrip() for y in range(self.screen.lines))

    def press(self, *keys: str) -> None:
        """Types keys by their names, or as they are."""
        for key in keys:
            os.write(self._descriptor, KEYS.get(key, key).encode())

    def type(self, text: str) -> None:
        """Types keys so quickly that they arrive together."""
        os.write(self._descriptor, text.encode())

    def write(self, data: bytes) -> None:
        """Sends bytes as a terminal might."""
        os.write(self._descriptor, data)

    def hang_up(self) -> None:
        """Takes the terminal away."""
        if not self._hung_up:
            self._hung_up = True
            os.close(self._descriptor)

    def send(self, number: signal.Signals) -> None:
        """Sends a signal."""
        os.kill(self.pid, number)

    def until(self, condition: Callable[[str], object] | str) -> str:
        """Waits until the screen shows a text, or meets a condition; returns the screen."""
        deadline = time.monotonic() + _PATIENCE_S
        while not (condition in self.text if isinstance(condition, str) else condition(self.text)):
            assert time.monotonic() < deadline, f"not on the screen: {condition}\n{self.text}"
            assert self._pump(0.05), f"ended before: {condition}\n{self.text}"
        return self.text

    def drained(self) -> None:
        """Takes in what was written so far."""
        before = -1
        while before < len(self.written):
            before = len(self.written)
            self._pump(0.0)

    def gone(self, text: str) -> str:
        """Waits until the screen does not show a text any more."""
        return self.until(lambda screen: text not in screen)

    def ended(self) -> int:
        """Waits for the end of the program; returns its exit code."""
        deadline = time.monotonic() + _PATIENCE_S
        while self._pump(0.05):
            assert time.monotonic() < deadline, f"did not end\n{self.text}"
        self._reap()
        assert self.exit_code is not None
        return self.exit_code

    def reaped(self) -> int:
        """Waits for the end of a program whose terminal is gone; returns its exit code."""
        deadline = time.monotonic() + _PATIENCE_S
        while os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            assert time.monotonic() < deadline, "did not end"
            time.sleep(0.01)
        self._reap()
        assert self.exit_code is not None
        return self.exit_code

    def _line(self, y: int, cells: int | None = None) -> str:
        """What a line showed when the screen was last looked at, from its first cell on.

        Unlike `pyte.Screen.display`, it takes half of a wide character that was drawn over.
        """
        line = self.screen.buffer[y]
        return "".join(line[x].data for x in range(cells or self.screen.columns))

    def _look(self) -> None:
        """Brings the screen up to date with what was written."""
        self._stream.feed(bytes(self.written[self._looked_at :]))
        self._looked_at = len(self.written)

    def _reap(self) -> None:
        _, status = os.waitpid(self.pid, 0)
        self.exit_code = os.waitstatus_to_exitcode(status)

    def _pump(self, timeout_s: float) -> bool:
        """Takes in what was written; returns whether the program may write more."""
        ready, _, _ = select.select([self._descriptor], [], [], timeout_s)
        if not ready:
            return True
        try:
            data = os.read(self._descriptor, 65_536)
        except OSError:
            return False
        for query, answer in _ANSWERS.items():
            if query in data:
                os.write(self._descriptor, answer)
        self.written += data
        self.arrivals.append((time.perf_counter(), len(self.written)))
        return bool(data)


def _with_children(pid: int) -> list[int]:
    pids = [pid]
    with suppress(FileNotFoundError, ProcessLookupError):  # one that ended meanwhile
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                pids += _with_children(int(child))
    return pids
