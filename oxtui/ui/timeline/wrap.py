"""Text cut to fit: into lines of a width in cells, and long texts into parts."""

import re
from itertools import pairwise
from typing import Final, NamedTuple

from rich.cells import cell_len, set_cell_size, split_graphemes

from oxtui.ui.timeline.limits import PART_CHARS

_PART_LINES: Final = 500
_SLACK: Final = 4_000
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n`]*)", re.MULTILINE)


class Part(NamedTuple):
    """A stretch of a long text.

    Attributes:
        start: Where it begins.
        end: Where it ends, exclusive.
        fence: The line that opened the code block which goes on at `start`; empty if none does.
    """

    start: int
    end: int
    fence: str = ""


def wrap(text: str, width: int) -> list[str]:
    """The lines of `text`, none wider than `width` cells (a character that is wider stays out)."""
    if width < 2:
        return [""]
    return [piece for line in text.split("\n") for piece in wrap_line(line, width)]


def wrap_line(line: str, width: int) -> list[str]:
    """One line as several, cut at spaces and between wide characters, else anywhere."""
    if line.isascii():
        return [line] if len(line) <= width else _wrap_ascii(line, width)
    return [line] if cell_len(line) <= width else _wrap_cells(line, width)


def _wrap_ascii(line: str, width: int) -> list[str]:
    lines: list[str] = []
    start = 0
    while len(line) - start > width:
        space = line.rfind(" ", start + 1, start + width + 1)
        lines.append(line[start : space if space > 0 else start + width])
        start = space + 1 if space > 0 else start + width
    lines.append(line[start:])
    return lines


def _wrap_cells(line: str, width: int) -> list[str]:
    lines: list[str] = []
    start = used = 0
    possible = since = 0  # where the line may be cut, and the cells after that
    for begin, end, cells in split_graphemes(line)[0]:
        space = line[begin] == " "
        if used + cells > width and not (space and used == width):
            cut = possible if possible > start else begin
            lines.append(line[start:cut].rstrip(" "))
            used = since if cut == possible else 0
            start = cut
        used += cells
        since += cells
        if space or cells > 1:
            possible, since = end, 0
    rest = line[start:]
    lines.append(rest.rstrip(" ") if used > width else rest)
    return lines


def fit(text: str, width: int, ellipsis: str, *, keep_end: bool = False) -> str:
    """`text` in at most `width` cells, with a mark where something was left out."""
    if len(text) <= width and text.isascii():
        return text
    # No more than that can be visible, and measuring a megabyte for one row takes its time.
    most = 4 * max(width, 1) + 16
    shortened = len(text) > most
    if shortened:
        text = text[-most:] if keep_end else text[:most]
    cells = cell_len(text)
    if cells <= width and not shortened:
        return text
    room = width - cell_len(ellipsis)
    if room <= 0:
        return ellipsis if room == 0 else ""
    if not keep_end:
        return set_cell_size(text, min(room, cells)).rstrip() + ellipsis
    for begin, _, size in split_graphemes(text)[0]:
        if cells <= room:
            return ellipsis + text[begin:]
        cells -= size
    return ellipsis


def lines_estimated(text: str, start: int, end: int, width: int) -> int:
    """About how many lines a stretch of text takes, without looking at each of them."""
    return text.count("\n", start, end) + (end - start) // max(width, 1) + 1


def first_part(text: str) -> Part:
    """What is shown of a text before more is asked for; all of it unless it is long."""
    return Part(0, _cut(text, 0))


def parts(text: str) -> list[Part]:
    """A text in parts that are each quick to show, cut at ends of lines where there are any.

    A code block that goes over a cut is opened again in the next part.
    """
    cuts = [0]
    while cuts[-1] < len(text):
        cuts.append(_cut(text, cuts[-1]))
    found: list[Part] = []
    fence = ""
    for start, end in pairwise(cuts):
        found.append(Part(start, end, fence))
        fence = _open_fence(text, start, end, fence)
    return found or [Part(0, 0)]


def _cut(text: str, start: int) -> int:
    if text.count("\n", start, start + PART_CHARS + _SLACK) > _PART_LINES:
        return _after_lines(text, start)
    if len(text) - start <= PART_CHARS + _SLACK:
        return len(text)
    most = start + PART_CHARS
    for mark in ("\n\n", "\n", " "):
        found = text.rfind(mark, most - _SLACK, most)
        if found > start:
            return found + len(mark)
    return most


def _after_lines(text: str, start: int) -> int:
    for _ in range(_PART_LINES):
        start = text.index("\n", start) + 1
    return start


def _open_fence(text: str, start: int, end: int, fence: str) -> str:
    for found in _FENCE.finditer(text, start, end):
        marks, info = found.groups()
        if not fence:
            fence = f"{marks}{info}"
        elif not info.strip() and marks[0] == fence[0] and fence.startswith(marks[0] * 3):
            opening = len(fence) - len(fence.lstrip(fence[0]))
            if len(marks) >= opening:
                fence = ""
    return fence
