"""`oxtui export`."""

from pathlib import Path
from typing import Literal

import click

from oxtui.cli.export_html import to_html
from oxtui.cli.export_markdown import to_markdown
from oxtui.cli.output import emit, emit_bytes, is_terminal, safe_json
from oxtui.cli.reading import ReadSession, read_session
from oxtui.cli.target import store_option
from oxtui.errors import WriteFailedError
from oxtui.sanitize import sanitize
from oxtui.units import size

Format = Literal["markdown", "html", "json"]


@click.command("export")
@click.argument("session")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["markdown", "html", "json"]),
    default="markdown",
    show_default=True,
    help="json is the content of the session's file as it is.",
)
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write to.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@store_option
def export_command(session: str, format_: Format, output: Path | None, force: bool) -> None:
    """Write a session as a document.

    To a file, or to the output without --output.
    """
    content = _exported(read_session(session), format_)
    if output is not None:
        _write(output, content, force=force)
        emit(f"{sanitize(str(output))}, {size(len(content))}")
    elif is_terminal():
        text = content.decode()
        emit(safe_json(text) if format_ == "json" else text)
    else:
        emit_bytes(content)


def _exported(read: ReadSession, format_: Format) -> bytes:
    match format_:
        case "markdown":
            return to_markdown(read).encode()
        case "html":
            return to_html(read).encode()
        case "json":
            return read.content


def _write(path: Path, content: bytes, *, force: bool) -> None:
    name = sanitize(str(path))
    try:
        with path.open("wb" if force else "xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise WriteFailedError(f"{name} is there already; --force writes over it.") from error
    except OSError as error:
        raise WriteFailedError(f"{name} was not written: {error.strerror}.") from error
