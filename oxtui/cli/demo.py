"""`oxtui demo`: the application on a store that is made up."""

import shutil
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from oxtui.cli.output import emit
from oxtui.cli.terminal import TerminalOptions, require_terminal, run_app, terminal_options
from oxtui.demo import keep_writing, write_demo
from oxtui.locations import StoreLocation, StoreSource, cache_folder, state_folder
from oxtui.sanitize import sanitize


@click.command("demo")
@click.option("--sessions", metavar="N", type=click.IntRange(min=1), default=40, show_default=True)
@click.option("--seed", metavar="S", type=int, default=7, show_default=True, help="Of the talks.")
@click.option(
    "--write", metavar="DIR", type=click.Path(path_type=Path), help="Only write the store there."
)
@terminal_options
def demo_command(sessions: int, seed: int, write: Path | None, terminal: TerminalOptions) -> None:
    """Open the application on a made-up store.

    Somebody keeps writing to it, and it is gone afterwards.
    """
    if write is not None:
        write_demo(write, sessions=sessions, seed=seed)
        emit(f"A demo store is in {sanitize(str(write))}; `oxtui open DIR` opens it.")
        return
    require_terminal()
    with TemporaryDirectory(prefix="oxtui-demo-") as folder:
        base = Path(folder) / "workspace"
        write_demo(base, sessions=sessions, seed=seed)
        location = StoreLocation(base, StoreSource.OPTION)
        try:
            code = run_app(location, terminal, meanwhile=partial(keep_writing, base))
        finally:
            for remembered in (cache_folder(base), state_folder(base)):
                shutil.rmtree(remembered, ignore_errors=True)
    from oxtui.cli.leaving import end  # which the first frame need not wait for

    end(code)
