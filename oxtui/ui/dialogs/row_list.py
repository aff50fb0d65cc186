"""A list of one-line rows with a cursor, of which only those in sight are ever made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from oxtui.glyphs import UNICODE, Glyphs
from oxtui.ui.dialogs.cells import Cell, fitted
from oxtui.ui.wrap import wrap


class RowList(ScrollView, can_focus=True):
    """Rows to go through and choose from; what they show is up to the classes made of it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rows--cursor",
        "rows--muted",
        "rows--accent",
        "rows--match",
        "rows--success",
        "rows--warning",
        "rows--danger",
    }
    DEFAULT_CSS = """
    RowList {
        height: 1fr;
        min-height: 3;
        background: $surface;
        color: $foreground;
        border: round $border-blurred;
        border-title-color: $text-muted;
        border-subtitle-color: $text-muted;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        & > .rows--muted { color: $text-muted; }
        & > .rows--accent { color: $text-primary; }
        & > .rows--match { color: $text-primary; text-style: bold underline; }
        & > .rows--success { color: $text-success; }
        & > .rows--warning { color: $text-warning; }
        & > .rows--danger { color: $text-error; }
        & > .rows--cursor {
            color: $block-cursor-blurred-foreground;
            background: $block-cursor-blurred-background;
        }
        &:focus, &.-active { border: round $border; border-title-color: $foreground; }
        &:focus > .rows--cursor, &.-active > .rows--cursor {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "go(1)", "Down", show=False, id="list.down"),
        Binding("up,k", "go(-1)", "Up", show=False, id="list.up"),
        Binding("pagedown,ctrl+d", "go_page(1)", "Page down", show=False, id="list.page_down"),
        Binding("pageup,ctrl+u", "go_page(-1)", "Page up", show=False, id="list.page_up"),
        Binding("home,g", "first", "First", show=False, id="list.first"),
        Binding("end,G", "last", "Last", show=False, id="list.last"),
        Binding("enter", "choose", "Choose", show=False, id="list.choose"),
    ]

    cursor: var[int] = var(0, init=False)
    """The row that the cursor is on; 0 if there are none."""

    @dataclass
    class CursorMoved(Message):
        """The cursor is on another row, or the row is another one."""

        row_list: "RowList"

    @dataclass
    class RowChosen(Message):
        """Enter was pressed on a row, or it was clicked twice."""

        row_list: "RowList"
        index: int

    def __init__(self, *, glyphs: Glyphs = UNICODE, list_id: str | None = None) -> None:
        """Makes a list without rows."""
        super().__init__(id=list_id)
        self._glyphs = glyphs
        self._count = 0
        self._nothing = ""

    # What is shown

    @property
    def count(self) -> int:
        """How many rows there are."""
        return self._count

    def cells(self, index: int, width: int) -> Sequence[Cell]:
        """A row, in `width` cells."""
        raise NotImplementedError

    def show_rows(self, count: int, *, cursor: int = 0, nothing: str = "") -> None:
        """Shows other rows.

        Args:
            count: How many there are.
            cursor: Which of them the cursor is on.
            nothing: What is said if there are none.
        """
        self._count = count
        self._nothing = nothing
        self._measure()
        self.set_reactive(RowList.cursor, max(0, min(cursor, count - 1)))
        self._follow_cursor()
        self.refresh()
        self.post_message(self.CursorMoved(self))

    def on_resize(self) -> None:
        """Keeps the cursor in sight."""
        self._measure()
        self._follow_cursor()

    def _measure(self) -> None:
        size = Size(self.size.width, self._count)
        if size != self.virtual_size:
            self.virtual_size = size

    def render_line(self, y: int) -> Strip:
        """Line `y` of what is in sight."""
        width, base = self.scrollable_content_region.width, self.rich_style
        index = y + self.scroll_offset.y
        if not self._count:
            lines = wrap(self._nothing, max(2, width - 2))
            text = f" {lines[y]}" if y < len(lines) else ""
            style = self.get_component_rich_style("rows--muted")
            return Strip([Segment(text, style)]).adjust_cell_length(width, base)
        if index >= self._count:
            return Strip.blank(width, base)
        at_cursor = index == self.cursor
        if at_cursor:
            base = self.get_component_rich_style("rows--cursor")
        segments = [Segment(" ", base)]
        for text, style in fitted(self.cells(index, width - 2), width - 2, self._glyphs):
            plain = at_cursor or not style
            segments.append(
                Segment(text, base if plain else self.get_component_rich_style(f"rows--{style}"))
            )
        return Strip(segments).adjust_cell_length(width, base)

    # The cursor

    def watch_cursor(self, old: int, new: int) -> None:
        """Shows where the cursor is."""
        self.refresh_line(old)
        self.refresh_line(new)
        self._follow_cursor()
        self.post_message(self.CursorMoved(self))

    def validate_cursor(self, cursor: int) -> int:
        """The nearest row that there is."""
        return max(0, min(cursor, self._count - 1))

    def _follow_cursor(self) -> None:
        height, top = self.size.height, self.scroll_offset.y
        if height:
            wanted = min(max(top, self.cursor - height + 1), self.cursor)
            self.scroll_to(y=wanted, animate=False)

    def action_go(self, rows: int) -> None:
        """Goes down by so many rows, or up."""
        self.cursor += rows

    def action_go_page(self, pages: int) -> None:
        """Goes down by what is in sight, or up."""
        self.cursor += pages * max(1, self.size.height - 1)

    def action_first(self) -> None:
        """Goes to the first row."""
        self.cursor = 0

    def action_last(self) -> None:
        """Goes to the last row."""
        self.cursor = self._count - 1

    def action_choose(self) -> None:
        """Chooses the row of the cursor."""
        if self._count:
            self.post_message(self.RowChosen(self, self.cursor))

    def row_at(self, event: events.MouseEvent) -> int | None:
        """The row under the pointer, and None beside them."""
        offset = event.get_content_offset(self)
        if offset is None:
            return None
        index = offset.y + self.scroll_offset.y
        return index if index < self._count else None

    def on_click(self, event: events.Click) -> None:
        """Puts the cursor on a row; twice chooses it."""
        index = self.row_at(event)
        if index is None:
            return
        self.cursor = index
        if event.chain == 2:
            self.action_choose()
