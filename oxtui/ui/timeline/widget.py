"""The timeline: one session, turn by turn, with a current block that keys act on."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar, Final

from textual import events
from textual.binding import BindingType

from oxtui.replay.turns import Turn
from oxtui.sanitize import sanitize_lines
from oxtui.ui.messages import CopyRequested
from oxtui.ui.timeline import moves
from oxtui.ui.timeline.bindings import BINDINGS
from oxtui.ui.timeline.blocks import BlockId, Detail, Kind, View, copy_of, fold_of, is_error
from oxtui.ui.timeline.filtering import Filtering
from oxtui.ui.timeline.messages import (
    ErrorNotFound,
    ExportRequested,
    FilterRequested,
    LedgerRequested,
    WentAround,
)
from oxtui.ui.timeline.viewport import Anchor

_TURNS_AT_ONCE: Final = 100
_NEXT_DETAIL: Final = {
    Detail.ANSWERS: Detail.CALLS,
    Detail.CALLS: Detail.EVERYTHING,
    Detail.EVERYTHING: Detail.ANSWERS,
}


class Timeline(Filtering, can_focus=True):
    """A session as turns of blocks, of which one is current.

    Posts `CopyRequested`, `ErrorNotFound`, `HitNotFound`, `WentAround`, `FilterRequested`,
    `LedgerRequested` and `ExportRequested`.
    """

    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

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

    def action_raw_json(self) -> None:
        """Shows the current block as the JSON that it comes from, or as itself again."""
        if self._viewport is not None and self.cursor is not None:
            whole = self.cursor._replace(part=0)
            if whole.kind is not Kind.WORK:
                view = self._layout.view
                self._refold(whole, replace(view, raw=view.raw ^ {whole}))

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
        self._layout.set_view(View(self._block_cells(), detail, tool=self._layout.view.tool))
        self._settle(anchor)  # first, since what was at the top may be folded away
        self.cursor = self._layout.block(self._place()).block_id
        self._show_facts()

    def action_next_error(self) -> None:
        """To the next call or answer that failed, or is suspected to have."""
        self._step_error(1)

    def action_previous_error(self) -> None:
        """To the error before."""
        self._step_error(-1)

    def _step_error(self, step: int) -> None:
        if self._viewport is None or self.cursor is None:
            return
        turns, start, tool = self._layout.turns, self.cursor, self.tool
        near = moves.next_error(turns, start, step, _TURNS_AT_ONCE, tool)
        if near is None and len(turns) > _TURNS_AT_ONCE:
            group = "timeline-errors"
            looking = partial(self._go_to_error, turns, start, step, tool)
            self.run_worker(looking, group=group, exclusive=True)
        else:
            self._take_error(near, step)

    async def _go_to_error(
        self, turns: Sequence[Turn], start: BlockId, step: int, tool: str | None
    ) -> None:
        found = await asyncio.to_thread(moves.next_error, turns, start, step, None, tool)
        if self._viewport is not None and (self.cursor, self.tool) == (start, tool):
            self._take_error(found, step)

    def _take_error(self, found: BlockId | None, step: int) -> None:
        here = self.cursor
        if here is None:
            return
        if found is None:
            self.post_message(ErrorNotFound(is_error(self._layout.turns[here.turn], here)))
            return
        if (moves.order(found) > moves.order(here)) != (step > 0):
            self.post_message(WentAround("error", step > 0))
        self.reveal(found)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leaves going back to the screen while everything is shown."""
        return action != "all_tools" or self.tool is not None

    def action_all_tools(self) -> None:
        """Shows everything again."""
        self.show_tool(None)

    def action_filter_tool(self) -> None:
        """Asks the screen which tool's calls are to be all that is shown; or shows everything."""
        if self.tool is not None:
            self.show_tool(None)
        elif self._viewport is not None:
            self.post_message(FilterRequested())

    def action_ledger(self) -> None:
        """Asks the screen to show what each tool took."""
        if self._viewport is not None:
            self.post_message(LedgerRequested())

    def action_export(self) -> None:
        """Asks the screen to write the session to a file."""
        if self.session_id is not None:
            self.post_message(ExportRequested())

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
        self._show_facts()

    def action_copy_block(self) -> None:
        """Asks the screen to copy the current block."""
        if self._viewport is not None:
            place = self._place()
            text = copy_of(self._layout.turns[place.turn], self._layout.block(place))
            self.post_message(CopyRequested(sanitize_lines(text), "The text"))

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
