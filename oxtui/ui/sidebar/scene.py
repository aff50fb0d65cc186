"""What the sidebar shows at each height: rows with their marks, ghosts of a drag, notes."""

from collections.abc import Callable, Collection, Iterable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Final

import msgspec

from oxtui.store.values import SessionId
from oxtui.ui.sidebar.groups import GroupKind
from oxtui.ui.sidebar.render import GhostRow, HeaderRow, Line, NoteRow
from oxtui.ui.sidebar.rows import Bookmark, Row, RowKey, Rows, SessionRow
from oxtui.units import age

if TYPE_CHECKING:
    from oxtui.ui.sidebar.drag import DragState

_GHOSTS: Final = 3


class Hold(msgspec.Struct, frozen=True):
    """What the user looks at, to be put back to where it was after a change.

    Attributes:
        cursor: The row of the cursor; None for none.
        seen: Rows in sight and how far below the top each is, the one to keep first.
        top: How far the view was scrolled.
    """

    cursor: Bookmark | None
    seen: tuple[tuple[Bookmark, int], ...]
    top: int


class Scene:
    """The rows, and what is added to them by what the user does.

    Attributes:
        rows: The tree.
        cursor: The row that the cursor is on; None without rows.
        selected: The selected sessions, in the order in which they were.
        live: The sessions that are being written just now.
        unseen: The sessions that changed since they were last read.
        drag: What is being moved; None for nothing.
        is_gone: Whether the folder of the sessions, which there was, is not there any more.
    """

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self.rows = Rows()
        self.cursor: int | None = 0
        self.selected: dict[SessionId, None] = {}
        self.live: AbstractSet[SessionId] = frozenset()
        self.unseen: AbstractSet[SessionId] = frozenset()
        self.drag: DragState | None = None
        self.is_gone = False
        self._now_ns = now_ns

    # Heights

    @property
    def height(self) -> int:
        """How many lines there are."""
        return len(self.rows) + len(self.ghosts) + len(self._notes())

    @property
    def ghosts(self) -> tuple[GhostRow, ...]:
        """What rides along under the target."""
        if self.drag is None or self._target_index() is None:
            return ()
        sessions = self.drag.sessions
        few = len(sessions) <= _GHOSTS + 1
        entries = self.rows.forest.catalogue.entries
        shown = [entries.get(sid) for sid in sessions[: _GHOSTS + 1 if few else _GHOSTS]]
        ghosts = [GhostRow((e.summary.title or "(untitled)") if e else "") for e in shown]
        return (*ghosts, *(() if few else (GhostRow(more=len(sessions) - _GHOSTS),)))

    def y_of(self, index: int) -> int:
        """The height of a row."""
        target = self._target_index()
        return index if target is None or index <= target else index + len(self.ghosts)

    def index_at(self, y: int) -> int | None:
        """The row at a height, for a ghost its target; None where there is none."""
        target = self._target_index()
        if target is not None and y > target:
            y = max(target, y - len(self.ghosts))
        return y if 0 <= y < len(self.rows) else None

    def line(self, y: int) -> Line:
        """What is to be seen at a height."""
        target = self._target_index()
        if target is not None and target < y <= target + len(self.ghosts):
            return Line(self.ghosts[y - target - 1])
        index = self.index_at(y)
        if index is None:
            notes = self._notes()
            at = y - len(self.rows) - len(self.ghosts)
            return Line(NoteRow(notes[at] if 0 <= at < len(notes) else ""))
        row = self.rows.row(index)
        if isinstance(row, HeaderRow):
            return self._header_line(index, row)
        return self._session_line(index, row)

    # Changes

    def hold(self, top: int, height: int) -> Hold:
        """Notes what is in sight, when the view of `height` lines is scrolled to `top`."""
        cursor = None
        seen: list[tuple[Bookmark, int]] = []
        rows = len(self.rows)
        if self.cursor is not None and self.cursor < rows:
            cursor = self.rows.bookmark(self.cursor)
            offset = self.y_of(self.cursor) - top
            if 0 <= offset < height:
                seen.append((cursor, offset))
        for offset in range(height):
            index = self.index_at(top + offset)
            if index is not None:
                seen.append((self.rows.bookmark(index), self.y_of(index) - top))
        return Hold(cursor, tuple(seen), top)

    def regain(self, held: Hold) -> int:
        """Puts the cursor back, and says how far to scroll so that what was seen stays.

        The cursor's row stays where it is on the screen, unless it was itself what moved; then
        the topmost row that did not move does.
        """
        self.cursor = self.rows.find(held.cursor) if held.cursor is not None else None
        if self.cursor is None and len(self.rows):
            self.cursor = 0
        for bookmark, offset in held.seen:
            index = self.rows.index_of(bookmark.key)
            if index is not None and not self.rows.moved(bookmark):
                return max(0, self.y_of(index) - offset)
        return held.top

    def forget(self, sessions: Iterable[SessionId]) -> None:
        """Deselects what is gone."""
        if not self.selected:
            return
        catalogue = self.rows.forest.catalogue
        for session_id in sessions:
            if session_id not in catalogue.entries and session_id not in catalogue.unreadable:
                self.selected.pop(session_id, None)

    # The cursor

    @property
    def cursor_row(self) -> Row | None:
        """The row that the cursor is on."""
        if self.cursor is None or self.cursor >= len(self.rows):
            return None
        return self.rows.row(self.cursor)

    @property
    def cursor_key(self) -> RowKey | None:
        """The identity of the row that the cursor is on."""
        if self.cursor is None or self.cursor >= len(self.rows):
            return None
        return self.rows.key(self.cursor)

    @property
    def cursor_session(self) -> SessionId | None:
        """The session that the cursor is on."""
        key = self.cursor_key
        return key.session if key is not None else None

    @property
    def acting_on(self) -> tuple[SessionId, ...]:
        """What a key acts on: the selected sessions, else the one of the cursor."""
        if self.selected:
            return tuple(self.selected)
        session = self.cursor_session
        return () if session is None else (session,)

    def homes(self, sessions: Collection[SessionId]) -> dict[SessionId, str]:
        """The groups of those of `sessions` that can be moved."""
        forest = self.rows.forest
        unreadable = forest.catalogue.unreadable
        homes = ((sid, forest.home(sid)) for sid in sessions if sid not in unreadable)
        return {sid: home for sid, home in homes if home is not None}

    def _header_line(self, index: int, row: HeaderRow) -> Line:
        drag = self.drag
        targets = (GroupKind.PROJECT, GroupKind.UNFILED)
        possible = drag is None or (
            row.kind in targets and any(t.group == row.key.group for t in drag.matching)
        )
        return Line(
            row,
            cursor=index == self.cursor and drag is None,
            target=drag is not None and drag.group == row.key.group,
            dim=not possible,
            needle=drag.typed if drag is not None and possible else "",
        )

    def _session_line(self, index: int, row: SessionRow) -> Line:
        drag, session_id = self.drag, row.session_id
        return Line(
            row,
            cursor=index == self.cursor and drag is None,
            selected=session_id in self.selected,
            live=session_id in self.live,
            unseen=session_id in self.unseen,
            dim=drag is not None and session_id in drag.homes,
            age="" if row.updated_ns is None else age(self._now_ns() - row.updated_ns),
            needle=self.rows.forest.filter_text,
        )

    @property
    def target_lines(self) -> tuple[int, int] | None:
        """The heights of the target and of the last of what rides along under it."""
        target = self._target_index()
        return None if target is None else (target, target + len(self.ghosts))

    def _target_index(self) -> int | None:
        if self.drag is None or self.drag.group is None:
            return None
        return self.rows.index_of(RowKey(self.drag.group))

    def _notes(self) -> tuple[str, ...]:
        forest = self.rows.forest
        if forest.catalogue.entries or forest.catalogue.unreadable:
            unmatched = forest.filter_text and not len(self.rows)
            return ("", "Nothing matches.", "esc shows all again") if unmatched else ()
        if self.is_gone:
            return ("", "The sessions folder", "is gone.")
        return ("", "No sessions yet.", "They show here as", "Oxios writes them.")
