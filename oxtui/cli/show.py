"""`oxtui show`."""

import click

from oxtui.cli.completing import complete_session
from oxtui.cli.output import emit, emit_bytes, is_terminal, json_option, marks, safe_json
from oxtui.cli.reading import read_session
from oxtui.cli.target import store_option
from oxtui.export.text import to_text


@click.command("show")
@click.argument("session", shell_complete=complete_session)
@json_option
@store_option
def show_command(session: str, as_json: bool) -> None:
    """Print a session: what was said, thought, called and answered.

    With --json the content of its file as it is; in a terminal, what that might obey is escaped.
    """
    read = read_session(session)
    if not as_json:
        emit(to_text(read, marks()))
    elif is_terminal():
        emit(safe_json(read.content.decode()))
    else:
        emit_bytes(read.content)
