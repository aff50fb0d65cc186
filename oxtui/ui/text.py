"""Texts of files on one line of the screen."""

import re
from typing import Final

from rich.cells import cell_len, set_cell_size

from oxtui.glyphs import Glyphs
from oxtui.sanitize import sanitize

_LONGEST: Final = 1_000
_SHORT_ID: Final = 8
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}", re.IGNORECASE)
# On how many cells these take, terminals differ; without them they agree. Flags become letters.
_UNSTEADY: Final[dict[int, str | None]] = {
    **dict.fromkeys([0x200C, 0x200D, 0x20E3, *range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400)]),
    **{0x1F1E6 + n: chr(ord("A") + n) for n in range(26)},
}


def plain(text: str) -> str:
    """`text` safe to show, on one line, of characters whose width terminals agree on."""
    text = text[:_LONGEST]
    return text if text.isascii() and text.isprintable() else sanitize(text).translate(_UNSTEADY)


def tool_name(name: str) -> str:
    """What to call a tool: its name, safe to show, or that it has none."""
    return plain(name).strip() or "(no name)"


def short_id(session_id: str, glyphs: Glyphs) -> str:
    """A UUID cut to what tells it from others; any other name whole."""
    if not _UUID.fullmatch(session_id):
        return plain(session_id)
    return session_id[:_SHORT_ID] + glyphs.ellipsis


def cut(text: str, width: int, ellipsis: str) -> str:
    """`text` in at most `width` cells, with an ellipsis where it was cut."""
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    return set_cell_size(text, width - 1).rstrip() + ellipsis
