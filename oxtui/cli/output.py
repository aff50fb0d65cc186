"""What the commands print: lines, tables and JSON, and nothing that a terminal would obey."""

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final, TypeVar

import click
import msgspec

from oxtui.cli.cells import cell_len, cut, padded
from oxtui.glyphs import ASCII, UNICODE, Glyphs
from oxtui.sanitize import UNSAFE, sanitize

AnyCommand = TypeVar("AnyCommand", bound=Callable[..., object])

_GAP: Final = "  "
_AT_ONCE: Final = 1_000
_JOINERS: Final = (0x200C, 0x200D)  # parts of words and emoji, and not to be seen either
_UNSAFE: Final = {
    code: f"\\u{code:04x}" if code <= 0xFFFF else json.dumps(chr(code))[1:-1]
    for code in (*UNSAFE, *_JOINERS)
    if code > ord(" ")  # JSON has escapes for the others, and space between its values
}


def json_option(command: AnyCommand) -> AnyCommand:
    """Lets a command print JSON, as the parameter `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def is_terminal() -> bool:
    """Whether the output goes to a terminal."""
    return sys.stdout.isatty()


def emit(text: str) -> None:
    """Prints one line that oxtui made, or several; an encoding that can't hold a letter has `?`."""
    emit_bytes(f"{text}\n".encode(sys.stdout.encoding or "utf-8", "replace"))


def emit_json(value: object) -> None:
    """Prints a value as JSON in UTF-8."""
    emit_bytes(safe_json(json.dumps(value, ensure_ascii=False, indent=2)).encode() + b"\n")


def emit_json_list(values: Iterable[object]) -> None:
    """Prints values as a JSON array, as `emit_json` does, a thousand of them at a time."""
    remaining, between = iter(values), b"[\n"
    while some := list(islice(remaining, _AT_ONCE)):
        array = json.dumps(some, ensure_ascii=False, indent=2)
        members = array.removeprefix("[\n").removesuffix("\n]")
        emit_bytes(between + safe_json(members).encode())
        between = b",\n"
    emit_bytes(b"[]\n" if between == b"[\n" else b"\n]\n")


def emit_bytes(content: bytes) -> None:
    """Prints bytes as they are, all of them, also where Python does not buffer its output."""
    output = sys.stdout.buffer
    rest = memoryview(content)
    while rest:
        rest = rest[output.write(rest) :]
    output.flush()


def safe_json(text: str) -> str:
    r"""JSON that means the same, with what a terminal might obey written as `\uXXXX`.

    Names of files that are not UTF-8 become lone surrogates, which only escapes can hold.
    """
    return text if text.isascii() and "\x7f" not in text else text.translate(_UNSAFE)


def say(text: str) -> None:
    """Tells the user one line, beside the output."""
    click.echo(f"oxtui: {sanitize(text)}", err=True)


class Column(msgspec.Struct, frozen=True):
    """A column of a table.

    Attributes:
        title: Its heading.
        right: Whether it is set to the right, as numbers are.
        most: The most cells that it takes in a terminal; None for as many as it needs.
        widest: The most cells that shorter texts are filled up to; a longer one moves what follows
            it. None for those of the longest.
    """

    title: str
    right: bool = False
    most: int | None = None
    widest: int | None = None


def emit_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Prints rows of texts of files, aligned.

    A terminal also gets headings, and lines cut to its width; the last column bears that first.
    """
    lines = [[sanitize(text).strip() or "-" for text in row] for row in rows]
    if not lines:
        return
    most = shutil.get_terminal_size().columns if is_terminal() else None
    if most is not None:
        lines = [[column.title for column in columns], *(_narrowed(columns, row) for row in lines)]
    longest = [max(map(cell_len, texts)) for texts in zip(*lines, strict=True)]
    widths = [
        most_of if column.widest is None else min(column.widest, most_of)
        for column, most_of in zip(columns, longest, strict=True)
    ]
    aligned = (_aligned(columns, widths, row) for row in lines)
    emit("\n".join(line if most is None else cut(line, most) for line in aligned))


def _narrowed(columns: Sequence[Column], row: Sequence[str]) -> list[str]:
    return [
        text if column.most is None else cut(text, column.most)
        for column, text in zip(columns, row, strict=True)
    ]


def _aligned(columns: Sequence[Column], widths: Sequence[int], row: Sequence[str]) -> str:
    cells = [
        padded(text, width, right=column.right)
        for column, width, text in zip(columns, widths, row, strict=True)
    ]
    return _GAP.join(cells).rstrip()


def marks() -> Glyphs:
    """The marks that the output can hold."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "").replace("_", "")
    return UNICODE if encoding.startswith("utf") else ASCII
