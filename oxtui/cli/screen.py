"""Running the application in a terminal, and giving the terminal back as it was."""

import asyncio
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable, Coroutine, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from io import StringIO
from typing import TYPE_CHECKING, Final

import click
import platformdirs
from click.exceptions import Exit

from oxtui.cli.output import say
from oxtui.locations import StoreLocation

if TYPE_CHECKING:
    from oxtui.ui.app import OxtuiApp

_PATIENCE_S: Final = 5.0
_REMOTE: Final = ("SSH_CONNECTION", "SSH_TTY")
_FRUGAL: Final = {
    "TEXTUAL_ANIMATIONS": "none",
    "TEXTUAL_SMOOTH_SCROLL": "0",
    "TEXTUAL_FPS": "15",
    "TEXTUAL_COLOR_SYSTEM": "256",
}
# Out of the alternate screen, with a cursor, without reports of mouse, focus and pastes.
_RESET: Final = (
    "\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"
    "\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[0m"
)


@dataclass(frozen=True, slots=True)
class Screen:
    """How the application is to use the terminal.

    Attributes:
        mouse: Whether it takes the mouse.
        ascii_only: Whether to draw with ASCII characters; None to see by the locale.
        theme: The name of a theme.
        poll_s: Seconds between two scans; None to be told of changes by the system.
        low_bandwidth: Whether every byte counts; None to see by whether this is SSH.
    """

    mouse: bool
    ascii_only: bool | None
    theme: str | None
    poll_s: float | None
    low_bandwidth: bool | None


def screen_options(command: Callable[..., None]) -> Callable[..., None]:
    """Lets a command be told how to use the terminal, as the parameter `screen`."""

    @click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
    @click.option("--ascii", "ascii_only", is_flag=True, default=None, help="Draw in ASCII.")
    @click.option("--theme", metavar="NAME", help="Other colours.")
    @click.option(
        "--poll",
        metavar="SECONDS",
        type=click.FloatRange(min=0.1),
        help="Look for changes every so often, where the system does not tell of them.",
    )
    @click.option(
        "--low-bandwidth/--full-bandwidth",
        default=None,
        help="Send as little as possible; so over SSH.",
    )
    @wraps(command)
    def with_screen(
        *,
        no_mouse: bool,
        ascii_only: bool | None,
        theme: str | None,
        poll: float | None,
        low_bandwidth: bool | None,
        **others: object,
    ) -> None:
        screen = Screen(not no_mouse, ascii_only, theme, poll, low_bandwidth)
        command(screen=screen, **others)

    return with_screen


def require_terminal() -> None:
    """Ends the command with 2 if there is no terminal to draw in and read keys from."""
    # Textual draws on the standard error, so that one has to be the terminal as well.
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        say("The application needs a terminal; `oxtui list` and the other commands do without.")
        raise Exit(2)


def run_app(
    location: StoreLocation,
    screen: Screen,
    *,
    read_only: str | None = None,
    meanwhile: Coroutine[object, object, None] | None = None,
) -> int:
    """Runs the application until the user leaves it.

    Args:
        location: The store.
        screen: How to use the terminal.
        read_only: Why nothing may be written; None when it may.
        meanwhile: What to do at the same time.

    Returns:
        The exit code.
    """
    low_bandwidth = is_remote(os.environ) if screen.low_bandwidth is None else screen.low_bandwidth
    if low_bandwidth:
        for name, value in _FRUGAL.items():  # Textual reads them when it is imported
            os.environ.setdefault(name, value)
    from oxtui.ui.app import OxtuiApp
    from oxtui.ui.options import Options

    _check_theme(screen.theme)
    app = OxtuiApp(
        Options(
            location=location,
            read_only=read_only,
            ascii=is_ascii(os.environ) if screen.ascii_only is None else screen.ascii_only,
            theme=screen.theme,
            poll_s=screen.poll_s,
            low_bandwidth=low_bandwidth,
        )
    )
    with _terminal_given_back():
        crash = _run(app, mouse=screen.mouse, meanwhile=meanwhile)
        if crash:
            sys.stdout.write(_RESET)
            sys.stdout.flush()
    if crash:
        _report(crash)
    return app.return_code or 0


def _run(app: "OxtuiApp", *, mouse: bool, meanwhile: Coroutine[object, object, None] | None) -> str:
    """Runs the application, and returns what it says of a crash."""
    from rich.console import Console

    last_words = StringIO()
    app.error_console = Console(file=last_words, markup=False, highlight=False, width=100)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(each, _end, app, 128 + each)
        beside = asyncio.create_task(meanwhile) if meanwhile else None
        try:
            await app.run_async(mouse=mouse)
        finally:
            if beside:
                beside.cancel()
                await asyncio.wait([beside])

    asyncio.run(run())
    return last_words.getvalue()


def _end(app: "OxtuiApp", code: int) -> None:
    """Ends the application, even if its terminal is gone or takes nothing any more.

    Textual writes to it from a thread with a short queue, and waits for room there for ever. Every
    write to the store is whole at every moment, so leaving in the middle of one loses nothing.
    """
    app.exit(return_code=code)
    last_resort = threading.Timer(_PATIENCE_S, os._exit, (code,))
    last_resort.daemon = True
    last_resort.start()


@contextmanager
def _terminal_given_back() -> Generator[None]:
    """Has the terminal's own modes as they were, whatever happens."""
    terminal = sys.stdin.fileno()
    modes = termios.tcgetattr(terminal)
    try:
        yield
    except BaseException:
        sys.stdout.write(_RESET)
        sys.stdout.flush()
        raise
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, modes)


def _report(crash: str) -> None:
    """Keeps what is known of a crash for whoever mends it, and says where.

    The file holds pieces of sessions, so it is the user's alone.
    """
    path = platformdirs.user_state_path("oxtui", appauthor=False) / "crash.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o600)
        path.write_text(crash, "utf-8")
    except OSError as error:
        say(f"The application crashed, and {path} was not written: {error.strerror}.")
    else:
        say(
            f"The application crashed. Nothing on disk is half done. {path} says where it happened."
        )


def _check_theme(name: str | None) -> None:
    from textual.theme import BUILTIN_THEMES

    from oxtui.ui.themes import THEMES

    known = sorted({*BUILTIN_THEMES, *(theme.name for theme in THEMES)})
    if name is not None and name not in known:
        raise click.BadParameter(f"There is no theme {name}; there are {', '.join(known)}")


def is_remote(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is at the other end of SSH."""
    return any(environment.get(name) for name in _REMOTE)


def is_ascii(environment: Mapping[str, str]) -> bool:
    """Whether the locale says that the terminal does not speak UTF-8; without one it does."""
    named = (environment.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next(filter(None, named), "UTF-8")
    return "utf8" not in locale.lower().replace("-", "")
