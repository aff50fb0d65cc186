"""A pane of blocks: sized, scrolled, coloured and drawn as far as it is visible."""

import asyncio
from dataclasses import replace
from datetime import tzinfo
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.reactive import var
from textual.strip import Strip

from oxtui.glyphs import UNICODE, Glyphs
from oxtui.replay.turns import Turn
from oxtui.sanitize import sanitize_lines
from oxtui.ui.line_pane import LinePane
from oxtui.ui.timeline.blocks import Block, BlockId, Detail
from oxtui.ui.timeline.layout import Layout, Place
from oxtui.ui.timeline.palette import NAMES, palette
from oxtui.ui.timeline.render import Pen, render
from oxtui.ui.timeline.strips import StripCache
from oxtui.ui.timeline.viewport import Anchor, Viewport
from oxtui.ui.wrap import wrap

_GUTTER: Final = 1
_MARGIN: Final = 2


class Canvas(LinePane):
    """Draws the blocks of a session around a position that is held by block and line."""

    DEFAULT_CSS = """
    Canvas {
        background: $surface;
        color: $foreground;
        border: round $foreground 25%;
        border-title-color: $foreground;
        border-subtitle-color: $text-muted;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        &:focus { border: round $border; }
        & > .timeline--gutter { color: $foreground 40%; }
        & > .timeline--cursor { background: $foreground 6%; }
        &:focus > .timeline--gutter { color: $accent; }
        &:focus > .timeline--cursor { background: $foreground 10%; }
        & > .timeline--user { color: $text-primary; }
        & > .timeline--muted { color: $text-muted; }
        & > .timeline--thought { color: $text-muted; text-style: italic; }
        & > .timeline--ok { color: $text-success; }
        & > .timeline--failed { color: $text-error; text-style: bold; }
        & > .timeline--suspected { color: $text-warning; text-style: bold; }
        & > .timeline--tool { color: $text-secondary; text-style: bold; }
        & > .timeline--bar { color: $text-secondary; }
        & > .timeline--added { color: $text-success; }
        & > .timeline--removed { color: $text-error; }
        & > .timeline--heading { color: $text-primary; text-style: bold; }
        & > .timeline--link { color: $text-accent; }
        & > .timeline--code { color: $foreground; background: $foreground 7%; }
        & > .timeline--keyword { color: $text-primary; text-style: bold; }
        & > .timeline--string { color: $text-success; }
        & > .timeline--number { color: $text-warning; }
        & > .timeline--name { color: $text-accent; }
        & > .timeline--comment { color: $text-muted; text-style: italic; }
    }
    """
    # What is drawn line by line has no text that Textual could select; `y` copies a block.
    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "timeline--gutter",
        "timeline--cursor",
        *(f"timeline--{name}" for name in NAMES),
    }

    detail: var[Detail] = var(Detail.CALLS, init=False)
    """How much of each turn is shown."""
    waterfall: var[bool] = var(False, init=False)
    """Whether bars begin where the calls before ended."""
    following: var[bool] = var(True, init=False)
    """Whether what is added at the end comes into sight by itself."""
    cursor: var[BlockId | None] = var(None, init=False)
    """The current block; None while there is no session."""

    def __init__(
        self,
        *,
        glyphs: Glyphs = UNICODE,
        zone: tzinfo | None = None,
        id: str | None = None,  # noqa: A002 - the name it has in every widget
        classes: str | None = None,
    ) -> None:
        """Makes an empty pane.

        Args:
            glyphs: The marks to draw with.
            zone: Where times of day are told for; None is the system's zone.
            id: The widget's id.
            classes: The widget's classes.
        """
        super().__init__(id=id, classes=classes)
        self._glyphs = glyphs
        self._zone = zone
        self._reason = ""
        self._viewport: Viewport | None = None
        self._cache = StripCache()
        self._current_pen: Pen | None = None
        self._styles_are_old = True
        self._line_style = self._cursor_style = Style.null()
        self._cursor_mark = Segment(" ")
        self._is_syncing = False
        self._drawing = False

    # Sizes, positions, colours

    @property
    def _layout(self) -> Layout:
        assert self._viewport is not None
        return self._viewport.layout

    def _rows(self) -> int:
        return max(1, self.size.height)

    def _block_cells(self) -> int:
        return max(1, self.size.width - _GUTTER - _MARGIN)

    def _pen(self) -> Pen:
        pen = self._current_pen
        if pen is None or self._styles_are_old or pen.width != self._block_cells():
            colours = palette(self._style)
            self._styles_are_old = False
            new = Pen(self._block_cells(), colours, self._glyphs, self._zone, self.waterfall)
            if pen is None or new != pen:
                self._cache.clear()
                pen = self._current_pen = new
            self._take_marks()
        return pen

    def _style(self, name: str) -> Style:
        # There are none yet where a session is shown before the first style sheet was read.
        return self.get_component_rich_style(f"timeline--{name}", default=Style.null())

    def _take_marks(self) -> None:
        """Styles of whole lines, which are dear to ask for at each of them."""
        marked = self._style("cursor").bgcolor
        gutter = Style(color=self._style("gutter").color)
        # Narrower than the bar of what the user said, beside which it often stands.
        bar = self._glyphs.bar[1]
        self._line_style = self.rich_style
        self._cursor_style = self._line_style + Style(bgcolor=marked)
        self._cursor_mark = Segment(self._glyphs.folded if bar.isascii() else bar, gutter)

    def _take_new_pen(self) -> None:
        """Has everything drawn anew, in the same places."""
        self._styles_are_old = True
        if self._viewport is not None:
            self._look_at_visible()
            self.refresh(self.size.region)

    def notify_style_update(self) -> None:
        """Takes new colours when the theme or the focus changed."""
        super().notify_style_update()
        self._styles_are_old = True

    def _measure(self, turn: Turn, block: Block) -> int:
        return len(self._cache.get(turn, block, self._pen()))

    def on_resize(self) -> None:
        """Lays out anew; the line at the top stays there, or the end at the end."""
        viewport = self._viewport
        if viewport is None:
            return
        place, offset = viewport.top
        block_id, height = self._layout.block(place).block_id, self._layout.height(place)
        viewport.height = self._rows()
        if self._layout.view.width != self._block_cells():
            self._lay_out_anew()
        if self.following:
            viewport.settle_at_end()
        else:
            new_height = viewport.exact_height(self._layout.find(block_id))
            viewport.settle(Anchor(block_id, offset * new_height // max(1, height)))
        self._sync()

    def _lay_out_anew(self) -> None:
        self._cache.clear()
        self._layout.set_view(replace(self._layout.view, width=self._block_cells()))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follows the scroll bar and the wheel, by lines where the way is short."""
        if self._is_quiet:
            return
        super().watch_scroll_y(old_value, new_value)
        viewport = self._viewport
        if self._is_syncing or viewport is None:
            return
        if self._layout.view.width != self._block_cells():
            return  # a resize is under way and will settle it
        line = round(new_value)
        delta = line - viewport.line
        if not delta:
            return
        if abs(delta) <= 3 * viewport.height:
            viewport.move(delta)
        else:
            viewport.settle_at(line)
        self.following = viewport.at_end
        self._sync()

    def _sync(self) -> None:
        """Tells the scroll bar where the viewport is, and has everything drawn again."""
        viewport = self._viewport
        assert viewport is not None
        self._is_syncing = True
        self._take_line_count()
        self.scroll_target_y = self.scroll_y = viewport.line
        self._is_syncing = False
        self._look_at_visible()
        self.refresh(self.size.region)

    def _take_line_count(self) -> None:
        """Tells what scrolls how much there is, for which Textual would lay out the screen anew."""
        self._is_quiet = True
        self.virtual_size = Size(self.size.width, self._layout.line_count)
        self._is_quiet = False
        self.vertical_scrollbar.window_virtual_size = self._layout.line_count

    def _look_at_visible(self) -> None:
        viewport = self._viewport
        assert viewport is not None
        place: Place | None = viewport.top[0]
        while place is not None and viewport.row_of(place) < viewport.height:
            block = self._layout.block(place)
            self._cache.get(self._layout.turns[place.turn], block, self._pen())
            place = self._layout.after(place)
        self._cache.trim()
        if self._cache.has_large and not self._drawing:
            self._drawing = True
            self.run_worker(self._draw_large, group="timeline-markdown")

    async def _draw_large(self) -> None:
        """Draws large answers beside the event loop, the one looked at last first."""
        try:
            while (large := self._cache.next_large()) is not None:
                turn, block = large
                pen = self._pen()
                strips = await asyncio.to_thread(render, turn, block, pen)
                if self._viewport is not None and pen is self._pen():
                    self._take_drawn(turn, block, strips)
        finally:
            self._drawing = False

    def _take_drawn(self, turn: Turn, block: Block, strips: list[Strip]) -> None:
        viewport = self._viewport
        assert viewport is not None
        if turn.index >= len(self._layout.turns) or self._layout.turns[turn.index] is not turn:
            return
        if block not in self._layout.blocks(turn.index):
            return
        self._cache.put(block, strips)
        place, (top, offset) = self._layout.find(block.block_id), viewport.top
        old_height = self._layout.height(place)
        anchor = viewport.anchor()
        if top == place:
            anchor = anchor._replace(offset=offset * len(strips) // max(1, old_height))
        self._layout.set_height(place, len(strips))
        if self.following:
            viewport.settle_at_end()
        else:
            viewport.settle(anchor)
        self._sync()

    # Lines

    def render_line(self, y: int) -> Strip:
        """One line of what is visible."""
        pen, width = self._pen(), self.size.width
        base = self._line_style
        viewport = self._viewport
        if viewport is None:
            return self._reason_line(y).adjust_cell_length(width).apply_style(base)
        line = self.scroll_offset.y + y
        if line >= self._layout.line_count:
            return Strip.blank(width, base)
        place, offset = self._layout.at(line)
        block = self._layout.block(place)
        strips = self._cache.get(self._layout.turns[place.turn], block, pen)
        strip = self._line(block, strips, offset) if offset < len(strips) else Strip([])
        gutter = Segment(" " * _GUTTER)
        if block.block_id == self.cursor and offset >= block.space:
            gutter = self._cursor_mark
            if _is_one_row(block, len(strips)):
                base = self._cursor_style
        return Strip([gutter, *strip]).adjust_cell_length(width).apply_style(base)

    def _line(self, block: Block, strips: list[Strip], at: int) -> Strip:
        """A line of a block; for what marks parts of it."""
        return strips[at]

    def _reason_line(self, y: int) -> Strip:
        lines = wrap(sanitize_lines(self._reason), max(2, self.size.width - 4))
        at = y - max(0, (self.size.height - len(lines)) // 2)
        if not 0 <= at < len(lines):
            return Strip([])
        left = max(0, (self.size.width - Segment(lines[at]).cell_length) // 2)
        return Strip([Segment(" " * left), Segment(lines[at], self._pen().palette.muted)])

    def _refresh_block(self, block_id: BlockId | None) -> None:
        """Has only the marks of a block drawn again."""
        viewport = self._viewport
        if viewport is None or block_id is None or not self._layout.shows(block_id):
            return
        place = self._layout.find(block_id)
        block, height = self._layout.block(place), self._layout.height(place)
        row = viewport.row_of(place) + block.space
        # Long blocks are marked along their edge only: a repaint over SSH costs by the cell.
        width = self.size.width if _is_one_row(block, height) else _GUTTER
        region = Region(0, row, width, height - block.space).intersection(self.size.region)
        if region:
            self.refresh(region)


def _is_one_row(block: Block, height: int) -> bool:
    return height - block.space == 1
