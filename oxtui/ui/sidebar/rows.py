"""The rows of the sidebar: a tree of groups and sessions, by number, without building it.

Which row is the i-th is answered from sorted keys and running totals, so that a row costs the same
with 1,000 sessions and with 100,000, and a change costs what changed.
"""

from bisect import bisect_right
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from itertools import accumulate
from typing import Final, NamedTuple

import msgspec

from oxtui.store.library import LibraryChange
from oxtui.store.projects.catalog import NO_PROJECT
from oxtui.store.values import SessionId
from oxtui.ui.catalogue import Catalogue
from oxtui.ui.sidebar.drag import Target
from oxtui.ui.sidebar.forest import ALL, UNFILED, UNREADABLE, Forest, project_of
from oxtui.ui.sidebar.groups import Group, GroupKind, Order
from oxtui.ui.sidebar.ordered import Path, session_of

_NAMES: Final = {
    GroupKind.UNFILED: NO_PROJECT,
    GroupKind.UNREADABLE: "Unreadable",
    GroupKind.ALL: "All sessions",
}


class RowKey(NamedTuple):
    """The identity of a row: its group, and its session unless it is the group's header."""

    group: str
    session: SessionId | None = None


class HeaderRow(msgspec.Struct, frozen=True):
    """The header of a group.

    Attributes:
        key: Its identity.
        kind: What kind of group it is.
        project_id: The project, known or not; None for a group that is none.
        name: The project's name; of an unknown project its id.
        icon: The project's icon; empty for none.
        count: Number of sessions in it, while filtering of those that match.
        is_open: Whether its sessions are shown.
    """

    key: RowKey
    kind: GroupKind
    project_id: str | None
    name: str
    icon: str
    count: int
    is_open: bool


class SessionRow(msgspec.Struct, frozen=True):
    """A session.

    Attributes:
        key: Its identity.
        session_id: The session.
        title: Its title, as written; None for none.
        depth: How many of its ancestors are shown above it.
        updated_ns: When it last changed, in nanoseconds since the epoch; None if not known.
        turns: Number of the user's messages.
        pinned: Whether prune keeps it.
        failed: Whether its last turn failed.
        broken: Whether its file cannot be read now; what is shown is its last good state.
        reason: Why it cannot be read, among the unreadable; else empty.
        filed: The header of what it belongs to, in the list of all; else None.
    """

    key: RowKey
    session_id: SessionId
    title: str | None = None
    depth: int = 0
    updated_ns: int | None = None
    turns: int = 0
    pinned: bool = False
    failed: bool = False
    broken: bool = False
    reason: str = ""
    filed: HeaderRow | None = None


Row = HeaderRow | SessionRow


class Bookmark(msgspec.Struct, frozen=True):
    """A row to be found again after a change, or what is then nearest to where it was."""

    key: RowKey
    path: Path | None
    ordinal: int


class Rows:
    """The rows that are there now, by number."""

    def __init__(self) -> None:
        self.forest = Forest()
        self._open: set[str] = set()
        self._folded_while_filtering: set[str] = set()
        self._all_targets = False
        self._visible: list[Group] = []
        self._ordinals: dict[str, int] = {}
        self._starts: list[int] = []
        self._counted = False

    def show(self, catalogue: Catalogue) -> None:
        """Takes everything from `catalogue`, which is read again whenever a row is asked for."""
        self.forest.show(catalogue)
        self._counted = False

    def apply(self, change: LibraryChange) -> None:
        """Takes over what changed in the catalogue since `show` or the last change."""
        self.forest.apply(change)
        self._counted = False

    def sort_by(self, order: Order) -> None:
        """Sets the order in every group."""
        self.forest.sort_by(order)

    def set_flat(self, *, flat: bool) -> None:
        """Puts all sessions into one list, or back into the groups of their projects."""
        self.forest.set_flat(flat=flat)
        self._counted = False

    def set_filter(self, text: str) -> None:
        """Leaves only sessions whose title or id contains `text`, and groups that have any.

        While there is a filter every group is open, until it is folded.
        """
        if not (text and self.forest.filter_text):
            self._folded_while_filtering.clear()
        self.forest.set_filter(text)
        self._counted = False

    def set_within(self, sessions: AbstractSet[SessionId]) -> None:
        """Leaves also these sessions, which have the text of the filter somewhere in them."""
        self.forest.set_within(sessions)
        self._counted = False

    def show_all_targets(self, *, show: bool) -> None:
        """Whether all projects are shown, so that sessions can be dropped there.

        That is also those without hits, and above the list of all those that it has in it.
        """
        self._all_targets = show
        self._counted = False

    @property
    def open_groups(self) -> frozenset[str]:
        """The groups that are open when nothing is filtered."""
        return frozenset(self._open)

    def is_open(self, group: str) -> bool:
        """Whether the sessions of a group are shown."""
        if self.forest.flat and group not in (ALL, UNREADABLE):
            return False
        if self.forest.filter_text:
            return group not in self._folded_while_filtering
        return group in self._open

    def is_shown(self, session_id: SessionId) -> bool:
        """Whether a session has a row, in sight or to be scrolled to."""
        standing = self.forest.standing(session_id)
        group = None if standing is None else self.forest.get(standing)
        return group is not None and session_id in group.shown and self.is_open(group.key)

    def set_open(self, groups: Iterable[str], *, is_open: bool) -> None:
        """Opens or folds groups."""
        filtering = bool(self.forest.filter_text)
        folds = self._folded_while_filtering if filtering else self._open
        if is_open == filtering:
            folds.difference_update(groups)
        else:
            folds.update(groups)
        self._counted = False

    def __len__(self) -> int:
        self._count()
        return self._starts[-1]

    def row(self, index: int) -> Row:
        """The row at `index`, from 0.

        Raises:
            IndexError: There is no such row.
        """
        group, path = self._at(index)
        return self._header(group) if path is None else self._session(group, path)

    def key(self, index: int) -> RowKey:
        """The identity of the row at `index`.

        Raises:
            IndexError: There is no such row.
        """
        group, path = self._at(index)
        return RowKey(group.key, None if path is None else session_of(path))

    def index_of(self, key: RowKey) -> int | None:
        """Where a row is; None if it is not shown."""
        self._count()
        ordinal = self._ordinals.get(key.group)
        if ordinal is None:
            return None
        start, group = self._starts[ordinal], self._visible[ordinal]
        if key.session is None:
            return start
        if key.session not in group.shown or not self.is_open(group.key):
            return None
        path = self.forest.path(group, key.session)
        return None if path is None else start + 1 + self.forest.order_of(group).position(path)

    def key_of(self, session_id: SessionId) -> RowKey | None:
        """The row of a session, shown or not; None for one that is nowhere."""
        group = self.forest.standing(session_id)
        return None if group is None else RowKey(group, session_id)

    def current(self, key: RowKey) -> RowKey:
        """Where the session of a row stands by now; the row itself if there is no such place."""
        if key.session is None or key.group == UNREADABLE:
            return key
        return self.key_of(key.session) or key

    def header_above(self, index: int) -> int:
        """The header of the group of the row at `index`."""
        self._count()
        return self._starts[bisect_right(self._starts, index) - 1]

    def bookmark(self, index: int) -> Bookmark:
        """Notes the row at `index`.

        Raises:
            IndexError: There is no such row.
        """
        group, path = self._at(index)
        session = None if path is None else session_of(path)
        return Bookmark(RowKey(group.key, session), path, self._ordinals[group.key])

    def moved(self, bookmark: Bookmark) -> bool:
        """Whether the noted row stands elsewhere in its group now, or is gone."""
        if self.index_of(bookmark.key) is None:
            return True
        group = self.forest.get(bookmark.key.group)
        if group is None or bookmark.key.session is None:
            return False
        return self.forest.path(group, bookmark.key.session) != bookmark.path

    def find(self, bookmark: Bookmark) -> int | None:
        """Where the noted row is now, else its session, else what is nearest; None without rows."""
        index = self.index_of(bookmark.key)
        if index is None:
            index = self.index_of(self.current(bookmark.key))
        return self._nearest(bookmark) if index is None else index

    def targets(self) -> tuple[Target, ...]:
        """Where sessions can be dropped: the projects in their order, then no project."""
        projects = self.forest.projects.items()
        return (
            *(Target(key, project.project_id, project.name) for key, project in projects),
            Target(UNFILED, None, NO_PROJECT),
        )

    def _nearest(self, bookmark: Bookmark) -> int | None:
        if not len(self):
            return None
        ordinal = self._ordinals.get(bookmark.key.group)
        if ordinal is None:
            return self._starts[min(bookmark.ordinal, len(self._visible) - 1)]
        group, start = self._visible[ordinal], self._starts[ordinal]
        if bookmark.path is None or not self.is_open(group.key) or not len(group):
            return start
        order = self.forest.order_of(group)
        return start + 1 + min(order.position(bookmark.path), len(order) - 1)

    def _count(self) -> None:
        if self._counted:
            return
        filtering = bool(self.forest.filter_text)
        groups = self.forest.groups()
        if self.forest.flat and self._all_targets:
            groups = [*self.forest.targets(), *groups]
        self._visible = [group for group in groups if self._is_visible(group, filtering)]
        self._ordinals = {group.key: at for at, group in enumerate(self._visible)}
        sizes = (1 + (len(g) if self.is_open(g.key) else 0) for g in self._visible)
        self._starts = list(accumulate(sizes, initial=0))
        self._counted = True

    def _is_visible(self, group: Group, filtering: bool) -> bool:
        if group.kind in (GroupKind.UNKNOWN, GroupKind.UNREADABLE):
            return len(group) > 0
        return self._all_targets or not filtering or len(group) > 0

    def _at(self, index: int) -> tuple[Group, Path | None]:
        if not 0 <= index < len(self):
            raise IndexError(index)
        ordinal = bisect_right(self._starts, index) - 1
        group, at = self._visible[ordinal], index - self._starts[ordinal] - 1
        return group, self.forest.order_of(group)[at] if at >= 0 else None

    def _header(self, group: Group) -> HeaderRow:
        key, is_open = RowKey(group.key), self.is_open(group.key)
        project = self.forest.projects.get(group.key)
        if project is not None:
            project_id, name, icon = project.project_id, project.name, project.icon
        elif group.kind is GroupKind.UNKNOWN:
            project_id = name = project_of(group.key)
            icon = ""
        else:
            project_id, name, icon = None, _NAMES[group.kind], ""
        return HeaderRow(key, group.kind, project_id, name, icon, len(group), is_open)

    def _session(self, group: Group, path: Path) -> SessionRow:
        session_id = session_of(path)
        key = RowKey(group.key, session_id)
        entry = self.forest.catalogue.entries.get(session_id)
        unreadable = self.forest.catalogue.unreadable.get(session_id)
        if group.kind is GroupKind.UNREADABLE:
            reason = unreadable.reason if unreadable is not None else ""
            return SessionRow(key, session_id, broken=True, reason=reason)
        if entry is None:  # gone already, which the next change will say
            return SessionRow(key, session_id)
        summary = entry.summary
        return SessionRow(
            key=key,
            session_id=session_id,
            title=summary.title,
            depth=group.depth(path),
            updated_ns=summary.updated_at.ns,
            turns=summary.message_count,
            pinned=summary.pinned,
            failed=summary.last_turn_failed,
            broken=unreadable is not None,
            filed=self._filed(session_id) if group.kind is GroupKind.ALL else None,
        )

    def _filed(self, session_id: SessionId) -> HeaderRow | None:
        home = self.forest.home(session_id)
        group = None if home is None else self.forest.get(home)
        return None if group is None else self._header(group)
