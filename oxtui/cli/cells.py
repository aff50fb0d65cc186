"""How many cells a text takes in a terminal: measured here, so that no command imports Rich."""

from typing import Final
from unicodedata import category, east_asian_width

_WIDE: Final = frozenset("WF")
_WIDTHLESS: Final = frozenset({"Mn", "Mc", "Me", "Cf"})
_JOINER: Final = "\u200d"
_AS_EMOJI: Final = "\ufe0f"


def cell_len(text: str) -> int:
    """The number of cells that a line takes, without control characters in it."""
    return len(text) if text.isascii() else sum(_widths(text))


def cut(text: str, width: int, ellipsis: str = "…") -> str:
    """A line in at most `width` cells; where it was cut there is an ellipsis."""
    if cell_len(text) <= width:
        return text
    room = width - len(ellipsis)
    if room < 0:
        return ""
    end = taken = 0
    for end, cells in enumerate(_widths(text)):  # noqa: B007 - where it stopped is the answer
        if taken + cells > room:
            break
        taken += cells
    return text[:end].rstrip() + ellipsis


def padded(text: str, width: int, *, right: bool = False) -> str:
    """A line filled up with spaces to `width` cells."""
    space = " " * (width - cell_len(text))
    return space + text if right else text + space


def _widths(text: str) -> list[int]:
    """For each character the cells that it adds to those before it."""
    widths: list[int] = []
    joined = False
    base = 0  # how wide the last character is that is not part of another one
    for character in text:
        width = _width(character)
        if character == _AS_EMOJI and base == 1:
            widths.append(1)
            base = 2
        elif base and (joined or _is_skin(character)):
            widths.append(0)
        else:
            widths.append(width)
            base = width or base
        joined = character == _JOINER
    return widths


def _width(character: str) -> int:
    if east_asian_width(character) in _WIDE:
        return 0 if category(character) == "Mn" else 2
    hidden = category(character) in _WIDTHLESS or "\u1160" <= character <= "\u11ff"
    return 0 if hidden else 1


def _is_skin(character: str) -> bool:
    return "\U0001f3fb" <= character <= "\U0001f3ff"
