"""Rows of a list as columns: what fits, what is cut, what is left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from oxtui.glyphs import Glyphs
from oxtui.ui.text import cut


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of a row.

    Attributes:
        text: What it says, safe to show.
        style: The component class of the list, without its `rows--`; empty for none.
        width: Its cells; None takes what the others leave, and at most one does.
        right: Whether it stands at its right edge.
        gap: Cells that are free before it.
    """

    text: str
    style: str = ""
    width: int | None = None
    right: bool = False
    gap: int = 2


def fitted(cells: Sequence[Cell], width: int, glyphs: Glyphs) -> list[tuple[str, str]]:
    """A row as texts and their styles, together `width` cells or less."""
    fixed = sum(cell.gap + (cell.width or 0) for cell in cells)
    parts: list[tuple[str, str]] = []
    for cell in cells:
        wide = max(0, width - fixed) if cell.width is None else cell.width
        text = cut(cell.text.translate(glyphs.punctuation), wide, glyphs.ellipsis)
        free = (" " * (wide - cell_len(text)), "")
        parts.append((" " * cell.gap, ""))
        parts.extend([free, (text, cell.style)] if cell.right else [(text, cell.style), free])
    return [part for part in parts if part[0]]


def padded(text: str, width: int) -> str:
    """`text` with spaces after it up to `width` cells."""
    return text + " " * (width - cell_len(text))
