"""Running the application in a terminal, and giving the terminal back as it was."""

import asyncio
import sys
import traceback
from collections.abc import Callable, Coroutine
from io import StringIO
from types import TracebackType

import click
from rich.console import Console
from textual.theme import BUILTIN_THEMES

from oxtui.cli.leaving import (
    Impatient,
    LastResort,
    end,
    end_by_signals,
    reset,
    terminal_given_back,
)
from oxtui.cli.output import say
from oxtui.locations import crash_path
from oxtui.sanitize import sanitize_lines
from oxtui.store.private import make_private_folder, open_private
from oxtui.store.read_ahead import ReadAhead
from oxtui.ui.app import OxtuiApp
from oxtui.ui.options import Options
from oxtui.ui.themes import THEMES

Meanwhile = Callable[[], Coroutine[object, object, None]]
"""Begins something that goes on as long as the application does."""


def run(
    options: Options,
    ahead: ReadAhead,
    *,
    mouse: bool,
    meanwhile: Meanwhile | None,
) -> int:
    """Runs the application until the user leaves it.

    Args:
        options: What the command line decided.
        ahead: What was begun to be read of the store.
        mouse: Whether it takes the mouse.
        meanwhile: Begins what is to be done at the same time.

    Returns:
        The exit code.
    """
    sys.excepthook = _report_uncaught
    with terminal_given_back() as last_resort:
        app = OxtuiApp(options, ahead, last_resort.expect_end)
        crash = _run(app, last_resort, mouse=mouse, meanwhile=meanwhile)
        if crash:
            reset()
    if crash and app.left_with is not None:
        _keep(crash)
        return app.left_with
    if crash:
        _report(crash)
    return app.return_code or 0


def _run(
    app: OxtuiApp, last_resort: LastResort, *, mouse: bool, meanwhile: Meanwhile | None
) -> str:
    """Runs the application, and returns what it says of a crash."""
    last_words = StringIO()
    app.error_console = Console(file=last_words, markup=False, highlight=False, width=100)

    async def run() -> None:
        asyncio.get_running_loop().set_default_executor(Impatient())
        end_by_signals(app, last_resort)
        beside = None if meanwhile is None else asyncio.create_task(meanwhile())
        await app.run_async(mouse=mouse)
        if beside is not None:
            beside.cancel()

    asyncio.run(run())
    last_resort.call_off()
    return last_words.getvalue()


def _report_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Says of an exception what `_report` says, whatever brought it about, and ends the program."""
    reset()
    _report("".join(traceback.format_exception(kind, error, trace)))
    end(1)


def _report(crash: str) -> None:
    """Says of a crash where it is told what is known of it."""
    say(f"The application crashed{_keep(crash)}")


def _keep(crash: str) -> str:
    """Keeps what is known of a crash for whoever mends it; returns the rest of a sentence on it.

    The file holds pieces of sessions, so it is the user's alone.
    """
    path = crash_path()
    try:
        make_private_folder(path.parent)
        with open(path, "w", encoding="utf-8", opener=open_private) as file:
            file.write(sanitize_lines(crash))
    except OSError as error:
        return f", and {path} was not written: {error.strerror}."
    return f". Nothing on disk is half done. {path} says where it happened."


def check_theme(name: str) -> None:
    """Refuses a theme that there is not.

    Raises:
        BadParameter: There is none of this name.
    """
    known = sorted({*BUILTIN_THEMES, *(theme.name for theme in THEMES)})
    if name not in known:
        raise click.BadParameter(f"There is no theme {name}; there are {', '.join(known)}")
