"""`oxtui open`: the application on a store."""

from pathlib import Path

import click

from oxtui.cli.target import store_location, store_option, why_read_only
from oxtui.cli.terminal import TerminalOptions, require_terminal, run_app, terminal_options


@click.command("open")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--read-only", is_flag=True, help="Write nothing.")
@terminal_options
@store_option
def open_command(folder: Path | None, read_only: bool, terminal: TerminalOptions) -> None:
    """Open the application.

    DIR is the store, as --store.
    """
    require_terminal()
    location = store_location(folder)
    reason = "opened with --read-only" if read_only else None
    if reason is None and location.path.is_dir():
        reason = why_read_only(location.path)
    code = run_app(location, terminal, read_only=reason)
    from oxtui.cli.leaving import end  # which the first frame need not wait for

    end(code)
