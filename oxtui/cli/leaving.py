"""Ending the application, whoever asks for it, and giving the terminal back as it was."""

import asyncio
import os
import signal
import sys
import termios
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final, Protocol

_PATIENCE_S: Final = 5.0
_LOOK_EVERY_S: Final = 2.0
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Out of the alternate screen, with a cursor and wrapped lines, without reports of mouse, focus,
# sizes and pastes, and keys as they were.
_RESET: Final = (
    b"\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?7h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l"
    b"\x1b[?1016l\x1b[?1004l\x1b[?2004l\x1b[?2048l\x1b[0m"
)


class Application(Protocol):
    """What can be left."""

    @property
    def return_code(self) -> int | None:
        """How it ends; None while it goes on."""
        ...

    def exit(self, *, return_code: int) -> None:
        """Ends it, in a moment."""
        ...


def end_by_signals(app: Application) -> None:
    """Has signals end the application with 128 and their number; the first one counts.

    It stays so to the end of the program, so that a second one changes nothing half way out. To be
    called in the running event loop.
    """
    loop = asyncio.get_running_loop()

    def leave(number: int, _frame: FrameType | None) -> None:
        with suppress(RuntimeError):  # the loop is closed, and the program as good as over
            loop.call_soon_threadsafe(_end, app, 128 + number)

    for each in _SIGNALS:
        signal.signal(each, leave)


async def end_without_terminal(app: Application) -> None:
    """Ends the application when its terminal has gone without a signal; waits for that."""
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        try:
            termios.tcgetattr(sys.stdin.fileno())
        except termios.error:
            _end(app, 128 + signal.SIGHUP)
            return


def _end(app: Application, code: int) -> None:
    """Ends the application, even if its terminal is gone or takes nothing any more.

    Textual writes to it from a thread with a short queue, and waits for room there for ever. Every
    write to the store is whole at every moment, so leaving in the middle of one loses nothing.
    """
    if app.return_code:
        return
    app.exit(return_code=code)
    last_resort = threading.Timer(_PATIENCE_S, os._exit, (code,))
    last_resort.daemon = True
    last_resort.start()


@contextmanager
def terminal_given_back() -> Generator[None]:
    """Has the terminal's own modes as they were, whatever happens, if it is still there."""
    terminal = sys.stdin.fileno()
    modes = termios.tcgetattr(terminal)
    try:
        yield
    except BaseException:
        reset()
        raise
    finally:
        with suppress(termios.error):
            termios.tcsetattr(terminal, termios.TCSADRAIN, modes)
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
