"""Opening the application: how it is to use the terminal, and what it begins with."""

import gc
import os
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Final

import click
import msgspec
from click.exceptions import Exit

from oxtui.cli.output import say
from oxtui.locations import StoreLocation
from oxtui.store.read_ahead import ReadAhead

if TYPE_CHECKING:
    from oxtui.cli.running import Meanwhile

_REMOTE: Final = ("SSH_CONNECTION", "SSH_TTY")
_FRUGAL: Final = {
    "TEXTUAL_ANIMATIONS": "none",
    "TEXTUAL_SMOOTH_SCROLL": "0",
    "TEXTUAL_FPS": "15",
    "TEXTUAL_COLOR_SYSTEM": "256",
}
_SWITCH_S: Final = 0.001
"""How long a thread may go on while others wait: the one that draws, or answers a key."""


class TerminalOptions(msgspec.Struct, frozen=True):
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


def terminal_options(command: Callable[..., None]) -> Callable[..., None]:
    """Lets a command be told how to use the terminal, as the parameter `terminal`."""

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
    def with_options(
        *,
        no_mouse: bool,
        ascii_only: bool | None,
        theme: str | None,
        poll: float | None,
        low_bandwidth: bool | None,
        **others: object,
    ) -> None:
        terminal = TerminalOptions(not no_mouse, ascii_only, theme, poll, low_bandwidth)
        command(terminal=terminal, **others)

    return with_options


def require_terminal() -> None:
    """Ends the command with 2 if there is no terminal to draw in and read keys from."""
    # Textual draws on the standard error, so that one has to be the terminal as well.
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        say("The application needs a terminal; `oxtui list` and the other commands do without.")
        raise Exit(2)


def run_app(
    location: StoreLocation,
    terminal: TerminalOptions,
    *,
    read_only: str | None = None,
    meanwhile: "Meanwhile | None" = None,
) -> int:
    """Runs the application until the user leaves it.

    Args:
        location: The store.
        terminal: How to use it.
        read_only: Why nothing may be written; None when it may.
        meanwhile: Begins what is to be done at the same time.

    Returns:
        The exit code.
    """
    low_bandwidth = terminal.low_bandwidth
    if low_bandwidth is None:
        low_bandwidth = is_remote(os.environ)
    if low_bandwidth:
        for name, value in _FRUGAL.items():  # Textual reads them when it is imported
            os.environ.setdefault(name, value)
    sys.setswitchinterval(_SWITCH_S)
    gc.disable()  # until there is something to collect: nothing that is imported goes again
    ahead = ReadAhead(location.path)
    ahead.begin()
    from oxtui.cli.running import check_theme, run  # which takes what a store is read in
    from oxtui.ui.options import Options

    if terminal.theme is not None:
        check_theme(terminal.theme)
    options = Options(
        location=location,
        read_only=read_only,
        ascii=is_ascii(os.environ) if terminal.ascii_only is None else terminal.ascii_only,
        theme=terminal.theme,
        poll_s=terminal.poll_s,
        low_bandwidth=low_bandwidth,
    )
    return run(options, ahead, mouse=terminal.mouse, meanwhile=meanwhile)


def is_remote(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is at the other end of SSH."""
    return any(environment.get(name) for name in _REMOTE)


def is_ascii(environment: Mapping[str, str]) -> bool:
    """Whether the locale says that the terminal does not speak UTF-8; without one it does."""
    named = (environment.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next(filter(None, named), "UTF-8")
    return "utf8" not in locale.lower().replace("-", "")
