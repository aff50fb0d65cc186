"""Ending the application, whoever asks for it, and giving the terminal back as it was."""

import asyncio
import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType
from typing import Final, NoReturn, Protocol

_PATIENCE_S: Final = 1.0
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Out of the alternate screen, with a cursor and wrapped lines, without reports of mouse, focus,
# sizes and pastes, and keys as they were.
_RESET: Final = (
    b"\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?7h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l"
    b"\x1b[?1016l\x1b[?1004l\x1b[?2004l\x1b[?2048l\x1b[0m"
)


class Application(Protocol):
    """What can be left."""

    def exit(self, *, return_code: int) -> None:
        """Ends it, in a moment."""
        ...


class LastResort:
    """Ends the program a second after it was to end, if it is still there.

    It may wait for ever: for a thread that reads from a disk that does not answer, for a terminal
    that takes nothing any more. Every write to the store is whole at every moment, so leaving in
    the middle of one loses nothing.
    """

    def __init__(self) -> None:
        self._terminal = sys.stdin.fileno()
        self._modes = termios.tcgetattr(self._terminal)
        self._codes, self._put = os.pipe()
        self._is_over = threading.Event()
        threading.Thread(target=self._watch, name="last-resort", daemon=True).start()

    def expect_end(self, code: int) -> None:
        """Has the program end with a code; the first one counts. A handler of signals may call it.

        A thread for it is there already, since a handler can't start one: it may have come in the
        middle of that.
        """
        os.write(self._put, bytes([code]))

    def call_off(self) -> None:
        """Leaves the end to the program."""
        self._is_over.set()

    def give_back(self) -> None:
        """Sets the terminal's own modes as they were, if it is still there."""
        with suppress(termios.error):
            termios.tcsetattr(self._terminal, termios.TCSANOW, self._modes)

    def _watch(self) -> None:
        code = os.read(self._codes, 1)[0]
        if self._is_over.wait(_PATIENCE_S):
            return
        with suppress(OSError, termios.error):
            self._write_reset()
        self.give_back()
        os._exit(code)

    def _write_reset(self) -> None:
        """Resets a terminal that may take nothing; what it did not take so far is forgotten."""
        termios.tcflush(self._terminal, termios.TCOFLUSH)
        # Opened anew, since whoever shares this one with us shares whether writing waits.
        own = os.open(os.ttyname(self._terminal), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        left, until = _RESET, time.monotonic() + _PATIENCE_S / 4
        while left and (rest_s := until - time.monotonic()) > 0:
            if select.select([], [own], [], rest_s)[1]:
                with suppress(BlockingIOError):
                    left = left[os.write(own, left) :]


def end_by_signals(app: Application, last_resort: LastResort) -> None:
    """Has signals end the application with 128 and their number; the first one counts.

    It stays so to the end of the program, so that a second one changes nothing half way out. To be
    called in the running event loop.
    """
    loop = asyncio.get_running_loop()
    coming: list[int] = []

    def leave(number: int, _frame: FrameType | None) -> None:
        if coming:
            return
        coming.append(number)
        last_resort.expect_end(128 + number)
        with suppress(RuntimeError):  # the loop is closed, and the program as good as over
            loop.call_soon_threadsafe(partial(app.exit, return_code=128 + number))

    for each in _SIGNALS:
        signal.signal(each, leave)


class Impatient(ThreadPoolExecutor):
    """Runs what blocks, and waits for none of it at the end."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Begins nothing more."""
        super().shutdown(wait=False, cancel_futures=True)


def end(code: int) -> NoReturn:
    """Ends the program without waiting for what its threads do."""
    _forget_unwritten()
    os._exit(code)


@contextmanager
def terminal_given_back() -> Generator[LastResort]:
    """Has the terminal's own modes as they were, whatever happens, if it is still there."""
    last_resort = LastResort()
    try:
        yield last_resort
    except BaseException:
        reset()
        raise
    finally:
        last_resort.give_back()
        _forget_unwritten()


def reset() -> None:
    """Switches off whatever the application may have switched on in the terminal."""
    with suppress(OSError):
        os.write(sys.stdout.fileno(), _RESET)


def _forget_unwritten() -> None:
    """Lets go of what a terminal that is gone can't take; it would change the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
