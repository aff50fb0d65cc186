"""What a program wrote to its terminal, taken apart by a grammar of what oxtui means to write."""

import base64
import binascii
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from tests.hostile import COMMANDS, harm

# Alternate screen, cursor, mouse, focus, paste, wrapping, and three that Textual asks for.
_MODES: Final = frozenset({7, 25, 1000, 1002, 1003, 1004, 1006, 1015, 1016, 1049, 2004, 2026, 2048})
_SEQUENCE: Final = re.compile(
    r"\x1b\](?P<osc>[^\x07\x1b]*)\x07"
    r"|\x1b\[(?P<style>[0-9;]*)m"
    r"|\x1b\[(?P<row>\d+);(?P<column>\d+)H"
    r"|\x1b\[\?(?P<mode>\d+)(?:[hl]|\$p)"
    r"|\x1b\[(?:>\d+u|<u|\?u|=\d+;\d+u)"  # the keyboard protocol of kitty
    r"|\r\n"  # the terminal's own, after the application has left
)
_HOSTILE_STYLE: Final = "38;2;13;37;66"
_POINTER: Final = re.compile(r"22;[a-z-]+")


@dataclass
class Stream:
    """What was found in a stream.

    Attributes:
        size: Bytes that were looked at, which is all of them.
        kinds: How many of which sequence there are.
        foreign: What oxtui never means to write.
        copied: The texts that went to the clipboard.
    """

    size: int
    kinds: Counter[str] = field(default_factory=Counter[str])
    foreign: list[str] = field(default_factory=list[str])
    copied: list[str] = field(default_factory=list[str])


def inspected(written: bytes, columns: int, lines: int) -> Stream:
    """Looks at every byte that a program wrote to a terminal of a size."""
    stream = Stream(len(written))
    text = written.decode("utf-8", "surrogateescape")
    position = 0
    for found in _SEQUENCE.finditer(text):
        _inspect_shown(stream, text[position : found.start()])
        _inspect_sequence(stream, found, columns, lines)
        position = found.end()
    _inspect_shown(stream, text[position:])
    stream.foreign += [name for name, command in COMMANDS.items() if command in text]
    return stream


def _inspect_shown(stream: Stream, text: str) -> None:
    stream.kinds["text"] += bool(text)
    if bad := harm(text, allowed=""):
        stream.foreign.append(f"{sorted(map(ascii, bad))} in {text[:200]!a}")


def _inspect_sequence(stream: Stream, found: re.Match[str], columns: int, lines: int) -> None:
    kind = found.lastgroup or found[0]
    stream.kinds[kind] += 1
    value = found[kind] if found.lastgroup else ""
    match kind:
        case "osc":
            fine = bool(_POINTER.fullmatch(value)) or _is_copy(stream, value)
        case "style":
            fine = _HOSTILE_STYLE not in value
        case "column":
            fine = int(found["row"]) <= lines and int(value) <= columns
        case "mode":
            fine = int(value) in _MODES
        case _:
            fine = True
    if not fine:
        stream.foreign.append(ascii(found[0])[:200])


def _is_copy(stream: Stream, value: str) -> bool:
    if not value.startswith("52;c;"):
        return False
    try:
        stream.copied.append(base64.b64decode(value[5:], validate=True).decode())
    except (binascii.Error, UnicodeDecodeError):
        return False
    return True
