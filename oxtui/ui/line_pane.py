"""A pane of lines, which keeps those it has drawn and acts on its keys as they come.

Textual asks every widget for all of its lines, and puts a border and filters on each of them,
whenever a cell changes anywhere on the screen.
"""

from collections.abc import Hashable, Iterable, Iterator
from math import ceil
from typing import Final, Self, cast

from textual import events, getters
from textual.app import App
from textual.content import Content
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip

_MOST_KNOWN: Final = 500
_EIGHTHS: Final = 8


class LinePane(ScrollView):
    """A pane that makes only those lines anew that were refreshed, and none of them twice.

    It looks its keys up itself, which spares them the way up to the application.
    """

    app = getters.app(cast("type[App[None]]", App))
    _is_quiet = False
    """Whether nothing is drawn for what is set just now."""
    _border_line: Region | None = None
    """All that is drawn for what is set just now."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - as every widget names it
        super().__init__(id=id, classes=classes)
        self._drawn: list[Strip] = []
        self._drawn_width = 0
        self._stale: set[int] = set()
        self._known: dict[Hashable, Strip] = {}

    def content_of(self, y: int) -> Hashable | None:
        """What line `y` of what is in sight shows, where that is cheaper than to draw it.

        Lines of which this is the same look the same. None if it is not known. For a pane to
        override.
        """
        return None

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Paints anew: the regions, or all with the colours that there are now."""
        if self._is_quiet:
            return self
        if self._border_line is not None and not regions:
            regions = (self._border_line,)
        if regions:
            top = self.content_offset.y
            for region in regions:
                self._stale.update(region.translate((0, top)).line_range)
        elif repaint:
            self._forget()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Takes new colours when the theme or the focus changed."""
        super().notify_style_update()
        self._forget()

    # Textual repaints a whole widget for its titles, 10 KB for a move of the cursor.

    def set_title(self, title: str) -> None:
        """Says something in the upper border."""
        self._border_line = Region(-1, -1, self.outer_size.width, 1)
        self.border_title = Content(title) if title else None
        self._border_line = None

    def set_subtitle(self, subtitle: str) -> None:
        """Says something in the lower border."""
        self._border_line = Region(-1, self.size.height, self.outer_size.width, 1)
        self.border_subtitle = Content(subtitle) if subtitle else None
        self._border_line = None

    def _forget(self) -> None:
        self._drawn = []
        self._known.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines, with the border around them."""
        if crop != self.outer_size.region:
            return super().render_lines(crop)
        if len(self._drawn) != crop.height or self._drawn_width != crop.width:
            self._forget()
            self._drawn_width = crop.width
            self._drawn = [Strip.blank(0)] * crop.height
            self._stale = set(range(crop.height))
        if self._stale:
            self._draw(crop)
        return self._drawn

    def _draw(self, crop: Region) -> None:
        drawn, known = self._drawn, self._known
        top, height = self.content_offset.y, self.size.height
        unknown: dict[int, Hashable | None] = {}
        for y in sorted(self._stale):
            if 0 <= y < crop.height:
                content = self.content_of(y - top) if 0 <= y - top < height else None
                strip = None if content is None else known.get(content)
                if strip is None:
                    unknown[y] = content
                else:
                    drawn[y] = strip
        self._stale.clear()
        if len(known) + len(unknown) > _MOST_KNOWN:
            known.clear()
        for lines in _runs(unknown):
            part = Region(0, lines.start, crop.width, len(lines))
            for y, strip in zip(lines, super().render_lines(part), strict=True):
                drawn[y] = strip
                if (content := unknown[y]) is not None:
                    known[content] = strip

    def take_key(self, event: events.Key) -> bool:
        """Acts on a key that is no binding; returns whether it did. For a pane to override."""
        return False

    async def on_key(self, event: events.Key) -> None:
        """Acts on a key at once."""
        if self.take_key(event):
            event.stop()
            event.prevent_default()
            return
        active = self.screen.active_bindings.get(event.key)
        if active is not None and active.enabled:
            event.stop()
            event.prevent_default()
            await self.app.run_action(active.binding.action, active.node)


def thumb(rows: int, window: float, whole: float, top: float) -> tuple[int, int]:
    """Where the thumb of a scroll bar begins and how long it is, in eighths of a row.

    Args:
        rows: The height of the bar.
        window: How much is in sight.
        whole: How much there is.
        top: How much is above what is in sight.
    """
    if whole <= window or not rows:
        return (-1 if top else 0), 0
    length = max(1, window * rows / whole)
    return int((rows - length) * top / (whole - window) * _EIGHTHS), ceil(length * _EIGHTHS)


def _runs(lines: Iterable[int]) -> Iterator[range]:
    """Ascending numbers as ranges of those that follow each other."""
    run = range(0)
    for line in lines:
        if run and line == run.stop:
            run = range(run.start, line + 1)
        else:
            if run:
                yield run
            run = range(line, line + 1)
    if run:
        yield run
