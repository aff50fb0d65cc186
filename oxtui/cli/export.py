"""`oxtui export`."""

from contextlib import suppress
from pathlib import Path
from typing import Final

import click

from oxtui.cli.completing import complete_session
from oxtui.cli.output import emit, emit_bytes, is_terminal, safe_json
from oxtui.cli.reading import read_session
from oxtui.cli.target import store_option
from oxtui.errors import InvalidValueError, WriteFailedError
from oxtui.export.formats import Format, exported, format_of
from oxtui.export.writing import ExistsError, write_export
from oxtui.sanitize import sanitize
from oxtui.units import size

_STANDARD_OUTPUT: Final = Path("-")


@click.command("export")
@click.argument("session", shell_complete=complete_session)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["markdown", "html", "json"]),
    help="As the ending of FILE says, else markdown; json is the session's file as it is.",
)
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write to.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@store_option
def export_command(session: str, format_: Format | None, output: Path | None, force: bool) -> None:
    """Write a session as a document.

    To a file; to the output without --output, and with - as FILE.
    """
    if output == _STANDARD_OUTPUT:
        output = None
    format_ = format_ or _usual_format(output)
    content = exported(read_session(session), format_)
    if output is not None:
        _write(output, content, force=force)
        emit(f"{sanitize(str(output))}, {size(len(content))}")
    elif is_terminal():
        text = content.decode()
        emit(safe_json(text) if format_ == "json" else text)
    else:
        emit_bytes(content)


def _usual_format(output: Path | None) -> Format:
    if output is not None:
        with suppress(InvalidValueError):  # an ending of the user's own
            return format_of(output)
    return "markdown"


def _write(path: Path, content: bytes, *, force: bool) -> None:
    try:
        write_export(path, content, replace=force)
    except ExistsError as error:
        name = sanitize(str(path))
        raise WriteFailedError(f"{name} is there already; --force writes over it.") from error
