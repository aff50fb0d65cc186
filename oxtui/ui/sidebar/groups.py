"""One group of the sidebar: which sessions are in it, and in which order they stand."""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Final

from oxtui.store.summaries.entries import SessionEntry
from oxtui.store.values import SessionId
from oxtui.ui.sidebar.ordered import OrderedPaths, Path

DEEPEST: Final = 8
"""Levels of children that are told apart; what is deeper stands on the last."""

_UNTITLED: Final = "\U0010ffff"
_TITLE_KEY_LENGTH: Final = 200
_LATER_THAN_ANY_NS: Final = 1 << 80  # no time stamp is as late
_TOO_MANY: Final = 4  # from a quarter of the group on, sorting anew is quicker than moving


class Order(Enum):
    """What the sessions of a group are sorted by."""

    UPDATED = "updated"
    FAILED = "failed"
    CREATED = "created"
    TITLE = "title"
    SIZE = "size"


class GroupKind(Enum):
    """What holds the sessions of a group together."""

    PROJECT = "project"
    UNFILED = "unfiled"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"
    ALL = "all"


def _title_key(entry: SessionEntry) -> str:
    title = (entry.summary.title or "").strip()[:_TITLE_KEY_LENGTH]
    return title.casefold() or _UNTITLED


def _newest_key(entry: SessionEntry) -> int:
    # Newest first, ties by name: `state_store.rs: list_sessions`.
    return -entry.summary.updated_at.ns


def _failed_key(entry: SessionEntry) -> int:
    return _newest_key(entry) - entry.summary.last_turn_failed * _LATER_THAN_ANY_NS


_KEYS: Final[Mapping[Order, Callable[[SessionEntry], int | str]]] = {
    Order.UPDATED: _newest_key,
    Order.FAILED: _failed_key,
    Order.CREATED: lambda entry: -entry.summary.created_at.ns,
    Order.TITLE: _title_key,
    Order.SIZE: lambda entry: -entry.identity.size,
}


class Group:
    """The sessions of one project, or of what stands in its place.

    The order is worked out when a row is asked for the first time, and from then on kept up
    with what changes; a group that nobody opens costs no sorting.

    Attributes:
        key: Its identity, which outlives a restart.
        kind: What holds it together.
        members: The sessions in it, as keys: in the order in which they came, in which
            looking each of them up is several times quicker than in a set's.
        hits: Those of them that the filter lets through; None without a filter.
    """

    def __init__(self, key: str, kind: GroupKind) -> None:
        self.key = key
        self.kind = kind
        self.members: dict[SessionId, None] = {}
        self.hits: set[SessionId] | None = None
        self._by = Order.UPDATED
        self._all: OrderedPaths | None = None
        self._shown: OrderedPaths | None = None
        self._paths: dict[SessionId, Path] = {}
        self._parents: dict[SessionId, SessionId] = {}
        self._children: dict[SessionId, set[SessionId]] = {}

    def __len__(self) -> int:
        return len(self.shown)

    @property
    def shown(self) -> AbstractSet[SessionId]:
        """The sessions that are not filtered out."""
        return self.members.keys() if self.hits is None else self.hits

    def sort_by(self, order: Order) -> None:
        """Sets the order; children stand under their parent, except in the list of all."""
        if order is not self._by:
            self._by = order
            self._forget_order()

    def set_hits(self, hits: set[SessionId] | None) -> None:
        """Shows `hits` only, or everything for None; the order stays."""
        self.hits = hits
        self._shown = None

    def update(
        self,
        gone: set[SessionId],
        changed: set[SessionId],
        hits: set[SessionId],
        entries: Mapping[SessionId, SessionEntry],
    ) -> None:
        """Takes sessions out, and others in or to where they belong now.

        Args:
            gone: Sessions that left this group.
            changed: Sessions that are in this group and are new or different.
            hits: Those of `changed` that the filter lets through.
            entries: The catalogue after the change.
        """
        moved = self._with_descendants(gone | changed)
        lazy = self._all is None or len(moved) * _TOO_MANY > len(self.members)
        if not lazy:
            self._take_out(moved)
        for session_id in gone:
            self.members.pop(session_id, None)
        self.members |= dict.fromkeys(changed)
        if self.hits is not None:
            self.hits -= gone
            self.hits -= changed
            self.hits |= hits
        if lazy:
            self._forget_order()
        else:
            self._unlink(gone | changed)
            self._put_in(moved & self.members.keys(), entries)

    def order(self, entries: Mapping[SessionId, SessionEntry]) -> OrderedPaths:
        """The paths of the sessions that are shown, in their order."""
        if self._all is None:
            self._sort(entries)
        assert self._all is not None
        if self.hits is None:
            return self._all
        if self._shown is None:
            hits = self.hits
            self._shown = OrderedPaths([path for path in self._all if path[-1] in hits])
        return self._shown

    def path(self, session_id: SessionId, entries: Mapping[SessionId, SessionEntry]) -> Path | None:
        """Where a session stands; None for one that is not in the group."""
        if self._all is None:
            self._sort(entries)
        return self._paths.get(session_id)

    def depth(self, path: Path) -> int:
        """How many of its ancestors a session is shown under."""
        if len(path) == 2:
            return 0
        shown = self.shown
        return sum(ancestor in shown for ancestor in path[1:-2:2])

    def _forget_order(self) -> None:
        self._all = self._shown = None
        self._paths, self._parents, self._children = {}, {}, {}

    def _sort(self, entries: Mapping[SessionId, SessionEntry]) -> None:
        self._forget_order()
        self._place(self.members, entries)
        self._all = OrderedPaths(sorted(self._paths.values()))

    def _take_out(self, sessions: Iterable[SessionId]) -> None:
        for session_id in sessions:
            path = self._paths.pop(session_id, None)
            if path is None or self._all is None:
                continue
            self._all.remove(path)
            if self._shown is not None and session_id in self.shown:
                self._shown.remove(path)

    def _put_in(self, sessions: set[SessionId], entries: Mapping[SessionId, SessionEntry]) -> None:
        if self._all is None:
            return
        self._place(sessions, entries)
        for session_id in sessions:
            self._all.add(self._paths[session_id])
            if self._shown is not None and session_id in self.shown:
                self._shown.add(self._paths[session_id])

    def _unlink(self, sessions: Iterable[SessionId]) -> None:
        for session_id in sessions if self._parents else ():
            parent = self._parents.pop(session_id, None)
            if parent is not None:
                self._children[parent].discard(session_id)

    def _with_descendants(self, sessions: set[SessionId]) -> set[SessionId]:
        if not self._children:
            return sessions
        found = set(sessions)
        waiting = list(sessions)
        while waiting:
            children = self._children.get(waiting.pop(), ())
            waiting.extend(child for child in children if child not in found)
            found.update(children)
        return found

    def _place(
        self, sessions: Iterable[SessionId], entries: Mapping[SessionId, SessionEntry]
    ) -> None:
        """Works out the paths of `sessions`, whose descendants must be among them.

        Notes the parents that they name, also such as are not here (yet).
        """
        if self.kind is GroupKind.UNREADABLE:
            self._paths.update((session_id, (0, session_id)) for session_id in sessions)
            return
        key, paths, flat = _KEYS[self._by], self._paths, self.kind is GroupKind.ALL
        below: list[SessionId] = []
        for session_id in sessions:
            entry = entries.get(session_id)
            if entry is None:
                paths[session_id] = (_own_key(self._by, None), session_id)
            elif flat or not (parent := entry.summary.parent_session_id) or parent == session_id:
                paths[session_id] = (key(entry), session_id)
            else:
                below.append(session_id)
                self._parents[session_id] = SessionId(parent)
                self._children.setdefault(SessionId(parent), set()).add(session_id)
        for session_id in below:
            self._place_below(session_id, entries)

    def _place_below(
        self, session_id: SessionId, entries: Mapping[SessionId, SessionEntry]
    ) -> None:
        line = self._ancestry(session_id)
        above: Path = ()
        for node in reversed(line):
            known = self._paths.get(node)
            if known is None:
                own = _own_key(self._by, entries.get(node))
                known = self._paths[node] = (*above[: 2 * (DEEPEST - 1)], own, node)
            above = known

    def _ancestry(self, session_id: SessionId) -> list[SessionId]:
        """A session, its parent, and so on, up to one that has its place or has no parent here.

        Where sessions are each other's ancestors, the first of them by name has no parent.
        """
        line = {session_id: 0}
        node = session_id
        while node not in self._paths:
            parent = self._parents.get(node)
            if parent is None or parent not in self.members:
                break
            if parent in line:
                way = list(line)
                return way[: way.index(min(way[line[parent] :])) + 1]
            line[parent] = len(line)
            node = parent
        return list(line)


def _own_key(order: Order, entry: SessionEntry | None) -> int | str:
    if entry is None:
        return _UNTITLED if order is Order.TITLE else 0
    return _KEYS[order](entry)
