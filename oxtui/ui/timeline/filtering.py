"""A session of which only the calls of one tool are shown."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from textual.reactive import var

from oxtui.replay.turns import Turn
from oxtui.store.values import SessionId
from oxtui.ui.text import cut, tool_name
from oxtui.ui.timeline.blocks import BlockId, is_of_tool
from oxtui.ui.timeline.finding import Finding
from oxtui.ui.timeline.viewport import Anchor

_NAME_CELLS: Final = 20


class _Left(NamedTuple):
    """Where the reader was when the filter was put on, and where that took their cursor."""

    cursor: BlockId
    anchor: Anchor
    following: bool
    entered: BlockId


class Filtering(Finding):
    """A pane that can leave out everything but the calls of one tool, each below its turn."""

    tool: var[str | None] = var(None, init=False)
    """The tool whose calls are all that is shown; None while everything is."""
    _left: _Left | None = None

    @property
    def turns(self) -> Sequence[Turn]:
        """The turns of the session, whether they are shown or not; none while there is none."""
        return () if self._viewport is None else self._layout.turns

    def show(self, session_id: SessionId, turns: tuple[Turn, ...], query: str = "") -> None:
        """Shows a session, all of it; see `Finding.show`."""
        self.tool = self._left = None
        super().show(session_id, turns, query)

    def grow(self, turns: tuple[Turn, ...]) -> None:
        """Shows what the same session is now, all of it once the tool is not called any more."""
        if self.tool is not None and not _is_called(self.tool, turns):
            self.show_tool(None)
        super().grow(turns)

    def clear(self, reason: str) -> None:
        """Shows no session, but why there is none and what to do about it."""
        self.tool = self._left = None
        super().clear(reason)

    def show_tool(self, tool: str | None) -> None:
        """Shows only the calls of one tool, or everything again.

        The current block stays on its row if it is still shown. Who did not go anywhere meanwhile
        is back where they were when everything is shown again.

        Args:
            tool: Its name, as the file has it; None for everything.
        """
        viewport, cursor = self._viewport, self.cursor
        if viewport is None or cursor is None or tool == self.tool:
            return
        if tool is not None and not _is_called(tool, self._layout.turns):
            return
        row = viewport.row_of(self._place())
        in_sight = 0 <= row < viewport.height
        held = Anchor(cursor, 0, row) if in_sight else viewport.anchor()
        left, following = self._left, self.following
        if self.tool is None:
            left = _Left(cursor, viewport.anchor(), following, cursor)
        self.tool = tool
        self._layout.set_view(replace(self._layout.view, tool=tool))
        if tool is None and left is not None:
            cursor, held, following = left.cursor, left.anchor, left.following
        entered = self._layout.block(self._layout.find(cursor)).block_id
        self._left = left and left._replace(entered=entered) if tool is not None else None
        if following and (tool is not None or left is not None):
            viewport.settle_at_end()
            self.following = True
            self._sync()
        else:
            self._settle(held)
        self.cursor = entered
        self._take_hits(self._found)

    def watch_cursor(self, old: BlockId | None, new: BlockId | None) -> None:
        """Forgets where the reader was once they go on from where the filter took them."""
        super().watch_cursor(old, new)
        if self._left is not None and self._left.entered != new:
            self._left = None

    def _facts(self) -> list[str]:
        facts = super()._facts()
        if self.tool is None or self.cursor is None:
            return facts
        return [f"only {cut(tool_name(self.tool), _NAME_CELLS, self._glyphs.ellipsis)}", *facts]


def _is_called(tool: str, turns: Sequence[Turn]) -> bool:
    return any(is_of_tool(entry, tool) for turn in turns for entry in turn.entries)
