"""Text of files made safe to show: in the application, and in the output of the commands.

What agents fetched from anywhere ends up in sessions, so every text of a file is hostile until it
went through here: it could move the cursor, write to the clipboard, or say something else than it
seems to. What is taken out leaves a visible mark.
"""

import re
import unicodedata
from typing import Final

_REPLACEMENT: Final = "\ufffd"
_MOST_MARKS: Final = 4
_MARKS: Final = frozenset({"Mn", "Me"})


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
    table |= dict.fromkeys([*range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B)], None)
    table |= {0x0B: " ", 0x0C: " ", 0x85: " ", 0x2028: " ", 0x2029: " "}
    return table


_TABLE: Final = _table()
_LINES: Final = {**_TABLE, 0x0A: "\n", 0x09: "    ", 0x0D: ""}
_LINE: Final = {**_TABLE, 0x0A: " ", 0x09: " ", 0x0D: " "}

UNSAFE: Final = frozenset(_TABLE)
"""The characters that a terminal might obey, or a reader not see."""

# Blocks with marks that are drawn over the letter before them; a pile of them covers the lines
# around it, and 10,000 of them stop a terminal. Most blocks hold letters as well.
_WITH_MARKS: Final = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u1dff\u200c\u200d\u20d0-\u20ff\u2cef-\u2df1\u2de0-\u2dff"
    "\u302a-\u302f\u3099\u309a\ua66f-\ua6f1\ua802-\uabff\ud7b0-\ud7ff\ufb1e\ufe00-\ufe0f\ufe20-\ufe2f"
    "\U000101fd-\U0001e94a\U000e0100-\U000e01ef"
)
_RUN: Final = re.compile(f"[{_WITH_MARKS}]{{{_MOST_MARKS + 1},}}")


def _without_piles(run: re.Match[str]) -> str:
    kept: list[str] = []
    pile = 0
    for character in run[0]:
        pile = pile + 1 if _is_mark(character) else 0
        if pile <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def _is_mark(character: str) -> bool:
    return (
        unicodedata.category(character) in _MARKS
        or character in "\u200c\u200d"
        or "\u1160" <= character <= "\u11ff"  # vowels and endings of Hangul, drawn over the first
        or "\ud7b0" <= character <= "\ud7ff"
    )


def sanitize(text: str) -> str:
    """`text` on one line, without anything that a terminal could take for a command.

    Line breaks and tabs become spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    return _RUN.sub(_without_piles, text.translate(_LINE))


def sanitize_lines(text: str) -> str:
    """`text` with its line breaks kept and tabs as four spaces, else as `sanitize`."""
    if text.isascii() and text.isprintable():
        return text
    return _RUN.sub(_without_piles, text.translate(_LINES))
