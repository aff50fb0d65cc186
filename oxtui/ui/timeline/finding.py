"""A session that is searched: its hits are marked, counted and gone to."""

import asyncio
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.worker import Worker

from oxtui.replay.turns import Turn, changed_turns
from oxtui.store.values import SessionId
from oxtui.ui.timeline.blocks import Block, BlockId, Kind
from oxtui.ui.timeline.hits import Hits, find_hits, first_line, places_in_line
from oxtui.ui.timeline.messages import HitNotFound, WentAround
from oxtui.ui.timeline.moves import order
from oxtui.ui.timeline.pane import Pane
from oxtui.ui.timeline.render import Pen, text_columns
from oxtui.ui.timeline.viewport import Anchor

_SHORT_TURNS: Final = 200
_SHORT_CHARS: Final = 500_000
_ENTRY_CHARS: Final = 1_000
_THIRD: Final = 3


class Finding(Pane):
    """A pane that goes to the places where a query stands."""

    DEFAULT_CSS = """
    Finding > .timeline--hit { background: $warning; color: $background; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"timeline--hit"}

    _query: str = ""
    _found: Hits | None = None
    _hits: Hits | None = None
    _arrived: BlockId | None = None
    _looking: Worker[None] | None = None
    _hit_style: Style = Style.null()

    def show(self, session_id: SessionId, turns: tuple[Turn, ...], query: str = "") -> None:
        """Shows a session at the first place where a query stands, else at its end.

        Args:
            session_id: Whose turns they are.
            turns: What `turns` makes of it; for a long session in a worker.
            query: What to find; nothing if it is empty.
        """
        self._query, self._found, self._hits = query, None, None
        super().show(session_id, turns)
        self.find(query, go=True)

    def grow(self, turns: tuple[Turn, ...]) -> None:
        """Shows what the same session is now, without moving what the reader looks at."""
        if self._viewport is None or not turns:
            if self.session_id is not None:
                self.show(self.session_id, turns, self._query)
            return
        if self._found is not None:
            changed = changed_turns(self._layout.turns, turns)
            self._found = self._found.grown(turns, changed)
            self._hits = self._shown_of(self._found, turns)
        super().grow(turns)

    def find(self, query: str, *, go: bool = False) -> None:
        """Marks every place where a query stands, whatever its case.

        Args:
            query: What to find; an empty one ends it.
            go: Whether to go to the first place.
        """
        self._query, self._found, self._hits, self._arrived = query, None, None, None
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        if not query or self._viewport is None:
            self._take_hits(None)
        elif _is_short(self._layout.turns):
            self._take_hits(find_hits(self._layout.turns, query), go=go)
        else:
            self._show_facts()
            looking = partial(self._look_for, query, go=go)
            self._looking = self.run_worker(looking, group="timeline-hits")

    async def _look_for(self, query: str, *, go: bool) -> None:
        turns = self._layout.turns
        found = await asyncio.to_thread(find_hits, turns, query)
        if query != self._query or self._viewport is None:
            return
        if turns is not self._layout.turns:  # it grew meanwhile
            found = found.grown(self._layout.turns, changed_turns(turns, self._layout.turns))
        self._take_hits(found, go=go)

    def _shown_of(self, found: Hits, turns: Sequence[Turn]) -> Hits:
        tool = self._layout.view.tool
        return found if tool is None else found.of_tool(turns, tool)

    def _take_hits(self, found: Hits | None, *, go: bool = False) -> None:
        self._found = found
        self._hits = hits = found and self._shown_of(found, self._layout.turns)
        self.refresh(self.size.region)
        self._show_facts()
        if hits is None or not go:
            return
        if hits.places:
            self._go_to_hit(hits.places[0])
        else:
            self.post_message(HitNotFound(hits.query))

    def _facts(self) -> list[str]:
        facts = super()._facts()
        if not self._query or self.cursor is None:
            return facts
        if self._hits is None:
            return ["searching", *facts]
        count, number = len(self._hits.places), self._hits.number(self.cursor)
        where = f"{number}/{count}" if number else f"{count}"
        return [f"hit {where}" if number else f"hits {where}", *facts]

    # Going to hits

    def action_next_hit(self) -> None:
        """To the next place where the query stands."""
        self._step_hit(1)

    def action_previous_hit(self) -> None:
        """To the place before."""
        self._step_hit(-1)

    def _step_hit(self, step: int) -> None:
        if self._viewport is None or self.cursor is None or (self._query and self._hits is None):
            return  # there is nothing to go to, or it is still being looked for
        found = self._hits.beside(self.cursor, step) if self._hits else None
        if found is None:
            on_one = self._hits is not None and bool(self._hits.number(self.cursor))
            self.post_message(HitNotFound(self._query, on_one))
            return
        if (order(found) > order(self.cursor)) != (step > 0):
            self.post_message(WentAround("hit", step > 0))
        self._go_to_hit(found)

    def _go_to_hit(self, place: BlockId) -> None:
        """Opens what the hit is folded into, and brings its line into sight."""
        self.reveal(place)
        view = self._layout.view
        whole = place._replace(part=0)
        if place.kind in (Kind.THOUGHT, Kind.CALL) and whole not in view.raw:
            self._open(whole)
        if place.part:
            self._open(place._replace(part=1))
        self.reveal(place)
        self._arrived = place
        self._bring_match_into_sight(place)

    def _open(self, fold: BlockId) -> None:
        if not self._layout.view.is_open(fold):
            self._toggle(fold)

    def _bring_match_into_sight(self, block_id: BlockId) -> None:
        viewport = self._viewport
        if viewport is None or not self._layout.shows(block_id):
            return
        place = self._layout.find(block_id)
        block = self._layout.block(place)
        strips = self._cache.get(self._layout.turns[place.turn], block, self._pen())
        line = first_line(_texts(block, strips, self._pen()), self._query)
        row = viewport.row_of(place) + (line or 0)
        if not 0 <= row < viewport.height:
            self._settle(Anchor(block_id, line or 0, viewport.height // _THIRD))

    def _take_drawn(self, turn: Turn, block: Block, strips: list[Strip]) -> None:
        super()._take_drawn(turn, block, strips)
        if block.block_id == self._arrived == self.cursor:
            self._bring_match_into_sight(block.block_id)

    # Marking them

    def _take_marks(self) -> None:
        super()._take_marks()
        hit = self._style("hit")
        self._hit_style = Style(color=hit.color, bgcolor=hit.bgcolor)

    def _line(self, block: Block, strips: list[Strip], at: int) -> Strip:
        if self._hits is None or not self._hits.number(block.block_id):
            return strips[at]
        low, pen = max(0, at - 1), self._pen()
        texts = _texts(block, strips, pen, low, at + 2)
        begin = text_columns(block, at, pen)[0]
        found = places_in_line(texts, at - low, self._query)
        places = [(start + begin, end + begin) for start, end in found]
        return _marked(strips[at], places, self._hit_style)


def _texts(
    block: Block, strips: list[Strip], pen: Pen, start: int = 0, end: int | None = None
) -> list[str]:
    """What of some lines is the file's own text."""
    return [
        strip.text[slice(*text_columns(block, line, pen))]
        for line, strip in enumerate(strips[start:end], start)
    ]


def _is_short(turns: Sequence[Turn]) -> bool:
    """Whether looking through a session takes no longer than drawing it."""
    if len(turns) > _SHORT_TURNS:
        return False
    said = (len(turn.message.content) for turn in turns if turn.message)
    answered = (len(turn.answer.content) for turn in turns if turn.answer)
    entries = sum(len(turn.entries) for turn in turns)
    return sum(said) + sum(answered) + entries * _ENTRY_CHARS < _SHORT_CHARS


def _marked(strip: Strip, places: list[tuple[int, int]], style: Style) -> Strip:
    """A line with the characters at some places in another style."""
    if not places:
        return strip
    cuts = sorted({edge for place in places for edge in place})
    starts = {start for start, _ in places}
    marked = False
    segments: list[Segment] = []
    at = 0
    for text, own, _ in strip:
        end = at + len(text)
        edges = [at, *(cut for cut in cuts if at < cut < end), end]
        for first, last in pairwise(edges):
            if first in cuts:
                marked = first in starts
            style_now = (own or Style.null()) + style if marked else own
            segments.append(Segment(text[first - at : last - at], style_now))
        at = end
    return Strip(segments, strip.cell_length)
