"""Text of files made safe to show: in the application, and in the output of the commands.

What agents fetched from anywhere ends up in sessions, so every text of a file is hostile until it
went through here: it could move the cursor, write to the clipboard, or say something else than it
seems to. What is taken out leaves a visible mark.
"""

import re
from typing import Final

_REPLACEMENT: Final = "\ufffd"
_MOST_COMBINING: Final = 4


def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = {code: chr(0x2400 + code) for code in range(0x20)}
    table[0x7F] = "\u2421"
    table |= dict.fromkeys(range(0x80, 0xA0), _REPLACEMENT)
    table |= dict.fromkeys(range(0xD800, 0xE000), _REPLACEMENT)  # lone surrogates
    table |= dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], _REPLACEMENT)  # bidi
    table |= dict.fromkeys([0x061C, 0x200E, 0x200F], None)  # marks of direction
    # Widthless and not part of any word or emoji: they only hide things or pad them.
    table |= dict.fromkeys([0x00AD, 0x034F, 0x180E, 0x200B, *range(0x2060, 0x2066), 0xFEFF], None)
    table |= dict.fromkeys([*range(0x206A, 0x2070), *range(0xFFF9, 0xFFFC)], None)
    table |= dict.fromkeys(range(0xE0000, 0xE0080), None)  # tags: invisible ASCII
    table |= {0x0B: " ", 0x0C: " ", 0x85: " ", 0x2028: " ", 0x2029: " "}
    return table


_LINES: Final = {**_table(), 0x0A: "\n", 0x09: "    ", 0x0D: ""}
_LINE: Final = {**_table(), 0x0A: " ", 0x09: " ", 0x0D: " "}
# Marks that are drawn over the letter before them; a pile of them covers the lines around it.
_COMBINING: Final = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a"
    "\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u200c\u200d\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    "\U000e0100-\U000e01ef"
)
_PILE: Final = re.compile(f"([{_COMBINING}]{{{_MOST_COMBINING}}})[{_COMBINING}]+")


def sanitize(text: str) -> str:
    """`text` on one line, without anything that a terminal could take for a command.

    Line breaks and tabs become spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    return _PILE.sub(r"\1", text.translate(_LINE))


def sanitize_lines(text: str) -> str:
    """`text` with its line breaks kept and tabs as four spaces, else as `sanitize`."""
    if text.isascii() and text.isprintable():
        return text
    return _PILE.sub(r"\1", text.translate(_LINES))
