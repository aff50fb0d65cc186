"""Looking at what a session's tools did: one of them alone, or all of them side by side."""

import asyncio
from functools import cached_property
from typing import TYPE_CHECKING

from textual import on, work

from oxtui.ui.screens.reviews import ReviewScreen
from oxtui.ui.timeline.messages import FilterRequested, LedgerRequested

if TYPE_CHECKING:
    from oxtui.ui.dialogs.tools import ToolChoice
    from oxtui.ui.timeline.widget import Timeline


class ToolScreen(ReviewScreen):
    """A screen with a session on it, whose tools it tells about."""

    @cached_property
    def timeline(self) -> "Timeline":
        """The pane that shows the session."""
        from oxtui.ui.timeline.widget import Timeline  # which the first frame need not wait for

        return Timeline(glyphs=self.options.glyphs, id="timeline")

    @on(FilterRequested)
    @work(group="requests")
    async def filter_by_tool(self) -> None:
        """Asks for a tool and shows only its calls."""
        from oxtui.replay.ledger import call_counts
        from oxtui.ui.dialogs.tools import ToolPicker

        session_id, turns = self.timeline.session_id, self.timeline.turns
        counts = await asyncio.to_thread(call_counts, turns)
        if not counts:
            self.notify("No tool was called in this session.", timeout=2, markup=False)
        elif session_id == self.timeline.session_id:
            picker = ToolPicker(counts, glyphs=self.options.glyphs)
            self._show_only(await self.app.push_screen_wait(picker))

    @on(LedgerRequested)
    @work(group="requests")
    async def show_ledger(self) -> None:
        """Shows what each tool took, and only the calls of one if that is asked for."""
        from oxtui.replay.ledger import ledger
        from oxtui.ui.dialogs.ledger import ToolLedger

        session_id, turns = self.timeline.session_id, self.timeline.turns
        uses = await asyncio.to_thread(ledger, turns)
        if session_id == self.timeline.session_id:
            dialog = ToolLedger(uses, glyphs=self.options.glyphs)
            self._show_only(await self.app.push_screen_wait(dialog))

    def _show_only(self, choice: "ToolChoice | None") -> None:
        if choice is not None:
            self.timeline.show_tool(choice.tool)
