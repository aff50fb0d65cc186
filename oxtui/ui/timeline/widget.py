"""The timeline: one session, turn by turn, with a current block that keys act on."""

from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size

from oxtui.sanitize import sanitize_lines
from oxtui.store.models import SessionId
from oxtui.ui.timeline import moves
from oxtui.ui.timeline.blocks import BlockId, Detail, Kind, View, copy_of, fold_of
from oxtui.ui.timeline.canvas import Canvas
from oxtui.ui.timeline.layout import Layout, Place
from oxtui.ui.timeline.messages import CopyRequested, ErrorNotFound, NewBelow, PositionChanged
from oxtui.ui.timeline.turns import Turn, changed_turns, without_gap
from oxtui.ui.timeline.viewport import Anchor, Viewport

_NEXT_DETAIL: Final = {
    Detail.ANSWERS: Detail.CALLS,
    Detail.CALLS: Detail.EVERYTHING,
    Detail.EVERYTHING: Detail.ANSWERS,
}


class Timeline(Canvas, can_focus=True):
    """A session as turns of blocks, of which one is current.

    Posts `PositionChanged`, `NewBelow`, `CopyRequested` and `ErrorNotFound`.
    """

    # `n` and `N` are left free for the hits of a search, which `reveal` can go to.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "next_block", "Next block", id="timeline.next_block", show=False),
        Binding(
            "k,up", "previous_block", "Previous block", id="timeline.previous_block", show=False
        ),
        Binding("J", "next_turn", "Next turn", id="timeline.next_turn", show=False),
        Binding("K", "previous_turn", "Previous turn", id="timeline.previous_turn", show=False),
        Binding("g,home", "first_turn", "To the start", id="timeline.start", show=False),
        Binding("G,end", "last_turn", "To the end", id="timeline.end", show=False),
        Binding("ctrl+d,pagedown", "page(1)", "Page down", id="timeline.page_down", show=False),
        Binding("ctrl+u,pageup", "page(-1)", "Page up", id="timeline.page_up", show=False),
        Binding("enter", "unfold", "Unfold", id="timeline.unfold"),
        Binding("t", "next_detail", "Detail", id="timeline.detail"),
        Binding("e", "next_error", "Next error", id="timeline.next_error"),
        Binding("E", "previous_error", "Previous error", id="timeline.previous_error", show=False),
        Binding("F", "follow", "Follow", id="timeline.follow", show=False),
        Binding("w", "waterfall", "Waterfall", id="timeline.waterfall", show=False),
        Binding("y", "copy_block", "Copy", id="timeline.copy"),
        Binding("x", "raw_json", "Raw JSON", id="timeline.raw", show=False),
    ]

    session_id: SessionId | None = None
    """The session shown; None while there is none."""
    _unseen: frozenset[int] = frozenset()
    _told_position: tuple[int, int] = (0, 0)
    _told_new: int = 0
    _subtitle: str = ""

    def show(self, session_id: SessionId, turns: tuple[Turn, ...]) -> None:
        """Shows a session at its end, where the newest is.

        Args:
            session_id: Whose turns they are.
            turns: What `turns` makes of it; for a long session in a worker.
        """
        self.session_id = session_id
        if not turns:
            self._empty("Nothing has been said in this session yet.")
            return
        self._cache.clear()
        self._unseen = frozenset()
        view = View(self._block_cells(), self.detail)
        self._viewport = Viewport(Layout(turns, view), self._rows(), self._measure)
        self._viewport.settle_at_end()
        self.following = True
        self.cursor = self._layout.block(self._last()).block_id
        self._sync()
        self._tell()

    def grow(self, turns: tuple[Turn, ...]) -> None:
        """Shows what the same session is now, without moving what the reader looks at."""
        viewport = self._viewport
        if viewport is None or not turns:
            if self.session_id is not None:
                self.show(self.session_id, turns)
            return
        old = self._layout.turns
        changed = changed_turns(old, turns)
        gone = frozenset(range(len(turns), len(old)))
        if not changed and not gone:
            return
        anchor, was_last = viewport.anchor(), self._place() == self._last()
        self._cache.forget_turns(changed | gone)
        self._layout.grow(turns, changed)
        if self.following:
            viewport.settle_at_end()
            if was_last:
                self.cursor = self._layout.block(self._last()).block_id
        else:
            viewport.settle(anchor)
            said = (
                i
                for i in changed
                if i >= len(old) or changed_turns([without_gap(old[i])], [without_gap(turns[i])])
            )
            self._unseen = (self._unseen | frozenset(said)) - gone
        self._sync()
        self._tell()

    def clear(self, reason: str) -> None:
        """Shows no session, but why there is none and what to do about it."""
        self.session_id = None
        self._empty(reason)

    def reveal(self, block_id: BlockId) -> None:
        """Makes a block the current one and brings it into sight."""
        if self._viewport is None:
            return
        work = BlockId(block_id.turn, Kind.WORK)
        if not self._layout.shows(block_id) and self._layout.shows(work):
            self._toggle(work)
        self._go(self._layout.find(block_id))

    def _empty(self, reason: str) -> None:
        self._viewport = None
        self._reason = reason
        self._cache.clear()
        self._unseen = frozenset()
        self.cursor = None
        self.virtual_size = Size(self.size.width, 0)
        self._tell()
        self.refresh()

    # What the screen is told

    def watch_cursor(self, old: BlockId | None, new: BlockId | None) -> None:
        """Moves the mark, and says so if it is in another turn."""
        self._refresh_block(old)
        self._refresh_block(new)
        self._tell()

    def watch_following(self, following: bool) -> None:
        """Forgets what was new once the end has been seen."""
        if following:
            self._unseen = frozenset()
        self._tell()

    def _tell(self) -> None:
        if self._viewport is None or self.cursor is None:
            position, facts = (0, 0), list[str]()
        else:
            turns = self._layout.turns
            count = len(turns) - turns[-1].stray
            position = (min(self.cursor.turn + 1, count), count)
            facts = [self.detail.value, f"{position[0]}/{count}"]
            if self.waterfall:
                facts.insert(0, "waterfall")
            if self._unseen:
                facts.insert(0, f"{len(self._unseen)} new below")
        self._set_subtitle(facts)
        if position != self._told_position:
            self._told_position = position
            self.post_message(PositionChanged(*position))
        if len(self._unseen) != self._told_new:
            self._told_new = len(self._unseen)
            self.post_message(NewBelow(self._told_new))

    def _set_subtitle(self, facts: list[str]) -> None:
        subtitle = f" {self._glyphs.separator} ".join(facts)
        if subtitle != self._subtitle:
            self._subtitle = subtitle
            self.border_subtitle = Content(subtitle) if subtitle else None

    # The cursor

    def _last(self) -> Place:
        return moves.nearest(self._layout, self._layout.last())

    def _place(self) -> Place:
        assert self.cursor is not None
        return self._layout.find(self.cursor)

    def _go(self, place: Place) -> None:
        self.cursor = self._layout.block(place).block_id
        self._bring_into_sight(place)

    def _bring_into_sight(self, place: Place) -> None:
        viewport = self._viewport
        assert viewport is not None
        height = viewport.exact_height(place)
        row = viewport.row_of(place)
        if row >= 0 and row + height <= viewport.height:
            return
        if row < 0 or height > viewport.height:
            self._settle(Anchor(self._layout.block(place).block_id, 0))
        else:
            end = Anchor(self._layout.block(place).block_id, height - 1, viewport.height - 1)
            self._settle(end)

    def _settle(self, anchor: Anchor) -> None:
        assert self._viewport is not None
        self._viewport.settle(anchor)
        self.following = self._viewport.at_end
        self._sync()

    def _step(self, step: int) -> None:
        """To the next block, or on in this one as long as not all of it was seen."""
        viewport = self._viewport
        if viewport is None:
            return
        place = self._place()
        row, height = viewport.row_of(place), viewport.exact_height(place)
        if row + height <= 0 or row >= viewport.height:
            top = viewport.top[0]
            self._go(moves.nearest(self._layout, top))
            return
        unseen = row + height - viewport.height if step > 0 else -row
        if unseen > 0 and height > viewport.height:
            self._scroll_lines(step * min(unseen, max(1, viewport.height - 2)))
        else:
            self._go(moves.stepped(self._layout, place, step))

    def _scroll_lines(self, lines: int) -> None:
        assert self._viewport is not None
        self._viewport.move(lines)
        self.following = self._viewport.at_end
        self._sync()

    # Keys and mouse

    def action_next_block(self) -> None:
        """To the next block."""
        self._step(1)

    def action_previous_block(self) -> None:
        """To the block before."""
        self._step(-1)

    def action_next_turn(self) -> None:
        """To the start of the next turn."""
        self._step_turn(1)

    def action_previous_turn(self) -> None:
        """To the start of this turn, or of the one before."""
        self._step_turn(-1)

    def _step_turn(self, step: int) -> None:
        if self._viewport is not None:
            place = moves.turn_stepped(self._layout, self._place(), step)
            self.cursor = self._layout.block(place).block_id
            self._settle(Anchor(self.cursor, 0))

    def action_first_turn(self) -> None:
        """To the first block."""
        if self._viewport is not None:
            self._go(self._layout.first())

    def action_last_turn(self) -> None:
        """To the last block, and the end of it."""
        if self._viewport is not None:
            self.cursor = self._layout.block(self._last()).block_id
            self._viewport.settle_at_end()
            self.following = True
            self._sync()

    def action_page(self, step: int) -> None:
        """Half a page on, the cursor staying on its row as well as it can."""
        viewport = self._viewport
        if viewport is None:
            return
        row = min(max(0, viewport.row_of(self._place())), viewport.height - 1)
        line = viewport.line
        self._scroll_lines(step * max(1, viewport.height // 2))
        if viewport.line == line:
            place = self._last() if step > 0 else self._layout.first()
        else:
            place = moves.nearest(self._layout, self._layout.at(viewport.line + row)[0])
        self.cursor = self._layout.block(place).block_id

    def action_unfold(self) -> None:
        """Opens or closes the current block, where it is."""
        if self._viewport is not None:
            fold = fold_of(self._layout.block(self._place()))
            if fold is not None:
                self._toggle(fold)

    def _toggle(self, fold: BlockId) -> None:
        view = self._layout.view
        self._refold(fold, View(view.width, view.detail, view.changed ^ {fold}, view.raw))

    def action_raw_json(self) -> None:
        """Shows the current block as the JSON that it comes from, or as itself again."""
        if self._viewport is not None and self.cursor is not None:
            whole = self.cursor._replace(part=0)
            if whole.kind is not Kind.WORK:
                view = self._layout.view
                raw = View(view.width, view.detail, view.changed, view.raw ^ {whole})
                self._refold(whole, raw)

    def _refold(self, block_id: BlockId, view: View) -> None:
        assert self._viewport is not None
        anchor = self._viewport.anchor()
        self._layout.refold(view, block_id.turn)
        if self.cursor is not None and not self._layout.shows(self.cursor):
            self.cursor = self._layout.block(self._place()).block_id
        self._settle(anchor)

    def action_next_detail(self) -> None:
        """Answers, calls, everything, and answers again; the current block stays on its row."""
        self.detail = _NEXT_DETAIL[self.detail]

    def watch_detail(self, detail: Detail) -> None:
        """Opens or closes blocks as the level says, whatever was folded by hand."""
        viewport = self._viewport
        if viewport is None or self.cursor is None:
            return
        row = viewport.row_of(self._place())
        in_sight = 0 <= row < viewport.height
        anchor = Anchor(self.cursor, 0, row) if in_sight else viewport.anchor()
        self._layout.set_view(View(self._block_cells(), detail))
        self.cursor = self._layout.block(self._place()).block_id
        self._settle(anchor)
        self._tell()

    def action_next_error(self) -> None:
        """To the next call or answer that failed, or is suspected to have."""
        self._step_error(1)

    def action_previous_error(self) -> None:
        """To the error before."""
        self._step_error(-1)

    def _step_error(self, step: int) -> None:
        if self._viewport is None or self.cursor is None:
            return
        found = moves.next_error(self._layout.turns, self.cursor, step)
        if found is None:
            self.post_message(ErrorNotFound(step > 0))
        else:
            self.reveal(found)

    def action_follow(self) -> None:
        """Goes to the end and stays there as it grows; or stops doing so."""
        if self.following:
            self.following = False
        else:
            self.action_last_turn()

    def action_waterfall(self) -> None:
        """Begins bars where the calls before ended, or all at the left."""
        self.waterfall = not self.waterfall

    def watch_waterfall(self) -> None:
        """Draws the bars anew."""
        self._take_new_pen()
        self._tell()

    def action_copy_block(self) -> None:
        """Asks the screen to copy the current block."""
        if self._viewport is not None:
            place = self._place()
            text = copy_of(self._layout.turns[place.turn], self._layout.block(place))
            self.post_message(CopyRequested(sanitize_lines(text)))

    def on_click(self, event: events.Click) -> None:
        """Makes a block the current one; on its first line, opens or closes it."""
        offset = event.get_content_offset(self)
        viewport = self._viewport
        if viewport is None or offset is None or offset.y >= self.size.height:
            return
        line = viewport.line + offset.y
        if line >= self._layout.line_count:
            return
        place, within = self._layout.at(line)
        block = self._layout.block(place)
        if not moves.can_hold_cursor(self._layout, place) or within < block.space:
            return
        self.cursor = block.block_id
        if within == block.space:
            self.action_unfold()
