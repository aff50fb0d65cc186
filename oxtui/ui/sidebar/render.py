"""Rows of the sidebar as lines of cells."""

import re
from collections.abc import Callable
from typing import Final

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from oxtui.glyphs import Glyphs
from oxtui.ui.sidebar.groups import GroupKind
from oxtui.ui.sidebar.rows import HeaderRow, SessionRow
from oxtui.ui.text import cut, plain, short_id

Styles = Callable[..., Style]
"""Gives the style of component classes, the later ones over the earlier ones."""

FOLD_WIDTH: Final = 3
"""Cells at the start of a header in which a click folds."""

_INSET: Final = 5
_TURNS_FROM: Final = 38
_TURNS_WIDTH: Final = 5
_PROJECT_FROM: Final = 56
_PROJECT_WIDTH: Final = 16
_ICON_WIDTH: Final = 3
_AGE_WIDTH: Final = 4
_BEFORE_HIT: Final = 4
_HIT: Final = Style(bold=True, underline=True)


class GhostRow(msgspec.Struct, frozen=True):
    """A session that rides along while it is moved; without a title, how many more there are."""

    title: str | None = None
    more: int = 0


class NoteRow(msgspec.Struct, frozen=True):
    """Something said where there are no rows."""

    text: str = ""


class Line(msgspec.Struct, frozen=True):
    """A row as it is to be seen now; lines that are equal look the same.

    Attributes:
        row: What the line shows.
        cursor: Whether the cursor is on it.
        selected: Whether its session is selected.
        live: Whether its session is being written.
        unseen: Whether its session changed since it was last read.
        target: Whether what is being moved would go there.
        dim: Whether it steps back, as what is being moved does, and what cannot be its target.
        age: How long ago its session changed; empty for not known.
        needle: What to mark in its title; empty for nothing.
    """

    row: HeaderRow | SessionRow | GhostRow | NoteRow
    cursor: bool = False
    selected: bool = False
    live: bool = False
    unseen: bool = False
    target: bool = False
    dim: bool = False
    age: str = ""
    needle: str = ""


def title_of(row: SessionRow, glyphs: Glyphs) -> tuple[str, bool]:
    """What to call a session, and whether that is a title of its own."""
    if row.reason or (row.broken and row.title is None):
        return short_id(row.session_id, glyphs), True
    title = plain(row.title or "").strip()
    if title:
        return title, True
    return f"(untitled) {short_id(row.session_id, glyphs)}", False


def group_name(row: HeaderRow, glyphs: Glyphs) -> str:
    """What to call a group."""
    if row.kind is GroupKind.UNKNOWN:
        return f"Unknown project {plain(row.name[:4])}{glyphs.ellipsis}"
    return plain(row.name).strip() or "(no name)"


def strip_of(line: Line, width: int, glyphs: Glyphs, styles: Styles) -> Strip:
    """A line exactly `width` cells wide."""
    brush = _Brush(line, styles)
    match line.row:
        case HeaderRow():
            left, right = _header(line, line.row, width, glyphs, brush)
        case SessionRow():
            left, right = _session(line, line.row, width, glyphs, brush)
        case GhostRow():
            left, right = _ghost(line.row, width, glyphs, brush), []
        case NoteRow():
            text = cut(line.row.text, width - 2, glyphs.ellipsis)
            left, right = [(f" {text}", brush("sidebar--age"))], []
    return _joined(left, right, width, brush())


_Part = tuple[str, Style]


class _Brush:
    """Styles of the parts of one line; where the whole line stands out, its parts do not."""

    def __init__(self, line: Line, styles: Styles) -> None:
        self._styles = styles
        self._whole = line.target or line.cursor
        if self._whole:
            self._under: tuple[str, ...] = (
                "sidebar--target" if line.target else "sidebar--cursor",
            )
            self._over: tuple[str, ...] = ()
        else:
            self._under = ("sidebar--selected",) if line.selected else ()
            self._over = ("sidebar--dim",) if line.dim else ()

    def __call__(self, *names: str) -> Style:
        return self._styles(*self._under, *(() if self._whole else names), *self._over)

    def hit(self) -> Style:
        """The style of what the filter or the letters of a drag match."""
        if self._whole:
            return self() + _HIT
        return self._styles(*self._under, "sidebar--match")


def _header(
    line: Line, row: HeaderRow, width: int, glyphs: Glyphs, brush: _Brush
) -> tuple[list[_Part], list[_Part]]:
    fold = glyphs.unfolded if row.is_open else glyphs.folded
    icon = _icon(row.icon) if glyphs.icons else ""
    count = cut(f" {row.count} ", max(0, width - 8), glyphs.ellipsis)
    before = f" {fold if row.count else ' '} {icon}"
    name = cut(group_name(row, glyphs), width - cell_len(before) - len(count), glyphs.ellipsis)
    warns = ("sidebar--broken",) if row.kind is GroupKind.UNREADABLE else ()
    style = brush("sidebar--group", *warns)
    return [(before, style), *_marked(name, line.needle, brush.hit, style)], [
        (count, brush("sidebar--age"))
    ]


def _session(
    line: Line, row: SessionRow, width: int, glyphs: Glyphs, brush: _Brush
) -> tuple[list[_Part], list[_Part]]:
    marks = [
        (glyphs.selected, brush("sidebar--mark-selected")) if line.selected else (" ", brush()),
        (glyphs.pinned, brush("sidebar--pinned")) if row.pinned else (" ", brush()),
        _mark(line, row, glyphs, brush),
    ]
    deep = min(row.depth, max(0, (width - 24) // 4), 6)
    branch = "  " * (deep - 1) + f"{glyphs.child} " if deep else ""
    if row.filed is not None and glyphs.icons:
        branch = _icon(row.filed.icon) or " " * _ICON_WIDTH
    right = _right(line, row, width, glyphs, brush)
    space = width - _INSET - cell_len(branch) - sum(cell_len(text) for text, _ in right)
    title, own = title_of(row, glyphs)
    if row.reason and cell_len(title) + 8 > space:
        title = cut(title, max(6, space // 2), glyphs.ellipsis)
    title = cut(_from_hit(title, line.needle, space, glyphs.ellipsis), space, glyphs.ellipsis)
    named = _marked(title, line.needle, brush.hit, brush() if own else brush("sidebar--age"))
    if row.reason:
        rest = space - cell_len(title) - 2
        named.append((f"  {cut(plain(row.reason), rest, glyphs.ellipsis)}", brush("sidebar--age")))
    branched = [(branch, brush("sidebar--age"))] if branch else []
    return [(" ", brush()), *marks, (" ", brush()), *branched, *named], right


def _mark(line: Line, row: SessionRow, glyphs: Glyphs, brush: _Brush) -> _Part:
    if row.broken:
        return glyphs.broken, brush("sidebar--broken")
    if line.live:
        return glyphs.live, brush("sidebar--live")
    if row.failed:
        return glyphs.failed, brush("sidebar--failed")
    if line.unseen:
        return glyphs.unseen, brush("sidebar--unseen")
    return " ", brush()


def _right(line: Line, row: SessionRow, width: int, glyphs: Glyphs, brush: _Brush) -> list[_Part]:
    if row.reason or row.updated_ns is None:
        return [(" ", brush())]
    turns = f"{row.turns if row.turns < 10_000 else '9999'}" if width >= _TURNS_FROM else ""
    text = f"{turns:>{_TURNS_WIDTH}}" if turns else ""
    if row.filed is not None and width >= _PROJECT_FROM:
        name = group_name(row.filed, glyphs) if row.filed.project_id else ""
        text = (
            f"  {set_cell_size(cut(name, _PROJECT_WIDTH, glyphs.ellipsis), _PROJECT_WIDTH)}{text}"
        )
    return [(f"{text}{line.age:>{_AGE_WIDTH}} ", brush("sidebar--age"))]


def _ghost(row: GhostRow, width: int, glyphs: Glyphs, brush: _Brush) -> list[_Part]:
    text = plain(row.title or "").strip() if row.title is not None else f"+ {row.more} more"
    before = f"   {glyphs.ghost} "
    return [(before + cut(text, width - len(before) - 1, glyphs.ellipsis), brush("sidebar--ghost"))]


def _icon(icon: str) -> str:
    """The icon in two cells and a space; nothing for what does not fit there."""
    first = plain(icon).strip()[:1]
    size = cell_len(first)
    return f"{set_cell_size(first, 2)} " if size else ""


def _from_hit(title: str, needle: str, width: int, ellipsis: str) -> str:
    """The title from shortly before what is looked for, or from earlier if all after it fits."""
    hit = re.search(re.escape(needle), title, re.IGNORECASE) if needle else None
    if hit is None or cell_len(title[: hit.end()]) < width or cell_len(title) <= width:
        return title
    start = max(0, hit.start() - _BEFORE_HIT)
    while start and cell_len(title[start - 1 :]) < width:
        start -= 1
    return ellipsis + title[start:].lstrip()


def _marked(text: str, needle: str, hit: Callable[[], Style], other: Style) -> list[_Part]:
    if not needle:
        return [(text, other)]
    parts: list[_Part] = []
    end = 0
    for match in re.finditer(re.escape(needle), text, re.IGNORECASE):
        parts += [(text[end : match.start()], other), (match.group(), hit())]
        end = match.end()
    return [*parts, (text[end:], other)]


def _joined(left: list[_Part], right: list[_Part], width: int, base: Style) -> Strip:
    gap = width - sum(cell_len(text) for text, _ in (*left, *right))
    segments: list[Segment] = []
    before: Style | None = None
    for text, style in (*left, (" " * max(0, gap), base), *right):
        if not text:
            continue
        if before is not None and (
            style == before or (text.isspace() and _same_space(style, before))
        ):
            # Fewer changes of style are fewer bytes to the terminal.
            segments[-1] = Segment(segments[-1].text + text, before)
        else:
            segments.append(Segment(text, style))
            before = style
    return Strip(segments).adjust_cell_length(width, base)


def _same_space(one: Style, other: Style) -> bool:
    lined = one.underline or other.underline or one.reverse or other.reverse
    return one.bgcolor == other.bgcolor and not lined
