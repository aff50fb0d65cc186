"""A pane that keeps the lines it has drawn.

Textual asks every widget for all of its lines, and puts a border and filters on each of them,
whenever a cell changes anywhere on the screen.
"""

from collections.abc import Hashable, Iterable, Iterator
from typing import Final, Self

from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip

_MOST_KNOWN: Final = 500


class DrawnPane(ScrollView):
    """A pane that makes only those lines anew that were refreshed, and none of them twice."""

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
