"""Text cut to fit: into lines of a width in cells, and long texts into parts."""

import re
from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

from rich.cells import cell_len, set_cell_size, split_graphemes

from oxtui.replay.limits import PART_CHARS

_PART_LINES: Final = 500
_SLACK: Final = 4_000
_NARROWEST: Final = 2
# Most of what is written takes one or two cells a character, and can be counted without looking
# each up: Latin, Greek, Cyrillic, punctuation, arrows, boxes; Kana, Hangul, ideographs, pictures.
_ONE_CELL: Final = (
    " -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u037f\u0391-\u03a1\u03a3-\u03ff\u0400-\u0482"
    "\u048a-\u052f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u21ff\u2200-\u22ff\u2500-\u25fc"
    "\u2713-\u2718\ufffd"
)
_SYLLABLES: Final = "\uac00-\ud7a3"
_APART: Final = (
    "\u3001-\u3029\u3041-\u3096\u30a1-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff60"
    "\U0001f300-\U0001f320\U0001f400-\U0001f43e\U0001f600-\U0001f64f\U0001f680-\U0001f6c5"
)
_JOINER: Final = "\u200d"
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n`]*)", re.MULTILINE)


class _Classes:
    """Patterns of so many characters that compiling them takes as long as a frame."""

    @cached_property
    def even(self) -> re.Pattern[str]:
        """Text whose width can be counted."""
        return re.compile(f"[{_ONE_CELL}{_APART}{_SYLLABLES}]*")

    @cached_property
    def wide(self) -> re.Pattern[str]:
        """A character of two cells."""
        return re.compile(f"[{_APART}{_SYLLABLES}]")

    @cached_property
    def cuts(self) -> re.Pattern[str]:
        """Text up to the last place where it can be cut."""
        return re.compile(f".*[ {_APART}]")

    @cached_property
    def hangul(self) -> re.Pattern[str]:
        """A syllable of Korean."""
        return re.compile(f"[{_SYLLABLES}]")


_CLASSES: Final = _Classes()


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
    if width < _NARROWEST:
        return [""]
    return [line[a:b] for line in text.split("\n") for a, b in spans(line, width)]


def spans(line: str, width: int) -> list[tuple[int, int]]:
    """Where the pieces of a line begin and end that fit into `width` cells, at least two.

    They are cut at spaces, which stay out, and after wide characters but those of Korean, which has
    spaces; where there are none, anywhere.
    """
    if line.isascii():
        return [(0, len(line))] if len(line) <= width else _spans_narrow(line, width)
    if _CLASSES.even.fullmatch(line):
        return _spans_even(line, width)
    return [(0, len(line))] if cell_len(line) <= width else _spans_uneven(line, width)


def _spans_narrow(line: str, width: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    start = 0
    while len(line) - start > width:
        space = line.rfind(" ", start + 1, start + width + 1)
        found.append((start, space if space > 0 else start + width))
        start = space + 1 if space > 0 else start + width
    found.append((start, len(line)))
    return found


def _spans_even(line: str, width: int) -> list[tuple[int, int]]:
    """The same for characters of one and two cells, none of which is drawn over another."""
    found: list[tuple[int, int]] = []
    start, length = 0, len(line)
    while True:
        end = min(length, start + width)
        cells = end - start + len(_CLASSES.wide.findall(line, start, end))
        while cells > width:
            fewer = end - (cells - width + 1) // 2
            cells -= end - fewer + len(_CLASSES.wide.findall(line, fewer, end))
            end = fewer
        if end == length:
            found.append((start, end))
            return found
        if line[end] == " ":
            found.append((start, end))
            start = end + 1
            continue
        possible = _CLASSES.cuts.match(line, start, end)
        cut = possible.end() if possible else end
        found.append((start, _without_spaces(line, start, cut)))
        start = cut


def _spans_uneven(line: str, width: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    start = used = 0
    possible = since = 0  # where the line may be cut, and the cells after that
    for begin, end, cells in split_graphemes(line)[0]:
        space = line[begin] == " "
        if used + cells > width and not (space and used == width):
            cut = possible if possible > start else begin
            found.append((start, _without_spaces(line, start, cut)))
            used = since if cut == possible else 0
            start = cut
        used += cells
        since += cells
        if space or (cells > 1 and not _CLASSES.hangul.match(line, begin)):
            possible, since = end, 0
    end = len(line)
    found.append((start, _without_spaces(line, start, end) if used > width else end))
    return found


def _without_spaces(line: str, start: int, end: int) -> int:
    while end > start and line[end - 1] == " ":
        end -= 1
    return end


def fit(text: str, width: int, ellipsis: str, *, keep_end: bool = False) -> str:
    """`text` in at most `width` cells, with a mark where something was left out."""
    if len(text) <= width and text.isascii():
        return text
    # No more than that can be visible, and measuring a megabyte for one row takes its time.
    most = 4 * max(width, 1) + 16
    shortened = len(text) > most
    if shortened:
        text = text[-most:] if keep_end else text[:most]
    text = text.lstrip(_JOINER)  # it joins nothing, and confuses those who measure
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
