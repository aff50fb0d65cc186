"""A pane that holds a session: where its reader is in it, while it grows, folds and scrolls."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final, NamedTuple

from rich.cells import cell_len
from textual.geometry import Size

from oxtui.glyphs import Glyphs
from oxtui.replay.turns import Turn, changed_turns, without_gap
from oxtui.store.values import SessionId
from oxtui.ui.text import cut
from oxtui.ui.timeline import moves
from oxtui.ui.timeline.blocks import BlockId, Kind, View
from oxtui.ui.timeline.layout import Layout, Place
from oxtui.ui.timeline.measuring import Measuring
from oxtui.ui.timeline.viewport import Anchor, Viewport

_LEAST_TITLE: Final = 12
_CORNERS: Final = 4
_MOST_BOOKMARKS: Final = 200


class _Bookmark(NamedTuple):
    """How a session was left.

    Attributes:
        view: What was unfolded.
        cursor: The current block.
        anchor: The line at the top; None for the end, wherever that is by now.
    """

    view: View
    cursor: BlockId
    anchor: Anchor | None


class Pane(Measuring):
    """A session with a current block, and what is said about both."""

    session_id: SessionId | None = None
    """The session shown; None while there is none."""
    _unseen: frozenset[int] = frozenset()
    _subtitle: str = ""
    _heading: tuple[str, ...] = ("",)
    _bookmarks: Mapping[SessionId, _Bookmark] = MappingProxyType({})

    def entitle(self, title: str, facts: Iterable[str] = ()) -> None:
        """Names the session in the upper border, and says as much about it as fits."""
        self._heading = (title, *facts)
        self._show_heading()

    def on_resize(self) -> None:
        """Says more or less about the session."""
        self._show_heading()
        self._show_facts()

    def _show_heading(self) -> None:
        if not self.size.width:
            return  # not in sight, as on a narrow screen
        heading = _fitted(self._heading, self.size.width - _CORNERS, self._glyphs)
        self.set_title(heading)

    def show(self, session_id: SessionId, turns: tuple[Turn, ...]) -> None:
        """Shows a session as its reader left it in this run, else at its end, where the newest is.

        Args:
            session_id: Whose turns they are.
            turns: What `turns` makes of it; for a long session in a worker.
        """
        self._put_bookmark()
        self.session_id = session_id
        if not turns:
            self._empty("Nothing has been said in this session yet.")
            return
        self._cache.clear()
        self._unseen = frozenset()
        view = View(self._block_cells(), self.detail)
        left = self._bookmarks.get(session_id)
        if left is not None and left.view.detail is self.detail:
            view = replace(view, changed=left.view.changed, raw=left.view.raw)
        self._viewport = viewport = Viewport(Layout(turns, view), self._rows(), self._measure)
        if left is None or left.anchor is None:
            viewport.settle_at_end()
            self.following = True
            place = self._last()
        else:
            viewport.settle(left.anchor)
            self.following = viewport.at_end
            place = moves.nearest(self._layout, self._layout.find(left.cursor))
        self.cursor = self._layout.block(place).block_id
        self._sync()
        self._show_facts()

    def _put_bookmark(self) -> None:
        """Remembers where the reader is in a session, and what is unfolded there."""
        if self._viewport is None or self.session_id is None or self.cursor is None:
            return
        others = [each for each in self._bookmarks.items() if each[0] != self.session_id]
        anchor = None if self.following else self._viewport.anchor()
        bookmark = _Bookmark(self._layout.view, self.cursor, anchor)
        self._bookmarks = dict([*others[1 - _MOST_BOOKMARKS :], (self.session_id, bookmark)])

    def grow(self, turns: tuple[Turn, ...]) -> None:
        """Shows what the same session is now, without moving what the reader looks at."""
        viewport, old = self._viewport, self._layout.turns
        assert viewport is not None
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
        self._show_facts()

    def clear(self, reason: str) -> None:
        """Shows no session, but why there is none and what to do about it."""
        self._put_bookmark()
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
        self._show_facts()
        self.refresh()

    # What the lower border says

    def watch_cursor(self, old: BlockId | None, new: BlockId | None) -> None:
        """Moves the mark, and says in which turn it is."""
        self._refresh_block(old)
        self._refresh_block(new)
        self._show_facts()

    def watch_following(self, following: bool) -> None:
        """Forgets what was new once the end has been seen."""
        if following:
            self._unseen = frozenset()
        self._show_facts()

    def _facts(self) -> list[str]:
        """The facts, the most important last."""
        if self._viewport is None or self.cursor is None:
            return []
        turns = self._layout.turns
        count = len(turns) - turns[-1].stray
        facts = [self.detail.value, f"{min(self.cursor.turn + 1, count)}/{count}"]
        if self.following:
            facts.insert(0, "follows")
        if self.waterfall:
            facts.insert(0, "waterfall" if self._pen().has_bars else "waterfall: too narrow")
        if self._unseen:
            facts.insert(0, f"{len(self._unseen)} new below")
        return facts

    def _show_facts(self) -> None:
        subtitle = f" {self._glyphs.separator} ".join(self._facts())
        if subtitle != self._subtitle:
            self._subtitle = subtitle
            self.set_subtitle(subtitle)

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

    def _step_turn(self, step: int) -> None:
        if self._viewport is not None:
            place = moves.turn_stepped(self._layout, self._place(), step)
            self.cursor = self._layout.block(place).block_id
            self._settle(Anchor(self.cursor, 0))

    # Folds

    def _toggle(self, fold: BlockId) -> None:
        view = self._layout.view
        self._refold(fold, replace(view, changed=view.changed ^ {fold}))

    def _refold(self, block_id: BlockId, view: View) -> None:
        assert self._viewport is not None
        anchor = self._viewport.anchor()
        self._layout.refold(view, block_id.turn)
        # First of all, since the line at the top may be of a block that went.
        self._viewport.settle(anchor)
        if self.cursor is not None and not self._layout.shows(self.cursor):
            self.cursor = self._layout.block(self._place()).block_id
        self._settle(anchor)


def _fitted(heading: Sequence[str], width: int, glyphs: Glyphs) -> str:
    """A title and facts in so many cells: of the facts as many as leave half of them."""
    title, *facts = heading
    while facts and cell_len(_joined(facts, glyphs)) > width // 2:
        facts.pop()  # the title tells more
    tail = _joined(facts, glyphs)
    return cut(title, max(_LEAST_TITLE, width - cell_len(tail)), glyphs.ellipsis) + tail


def _joined(facts: Iterable[str], glyphs: Glyphs) -> str:
    return "".join(f" {glyphs.separator} {fact}" for fact in facts if fact)
