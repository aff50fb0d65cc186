"""The groups of the sidebar, and which group each session of the catalogue is in."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from oxtui.store.library import LibraryChange
from oxtui.store.projects.catalog import Project
from oxtui.store.summaries.entries import SessionEntry, UnreadableEntry
from oxtui.store.values import SessionId
from oxtui.ui.catalogue import Catalogue
from oxtui.ui.sidebar.filter import TitleFilter
from oxtui.ui.sidebar.groups import Group, GroupKind, Order
from oxtui.ui.sidebar.ordered import OrderedPaths, Path, session_of

UNFILED: Final = "unfiled"
UNREADABLE: Final = "unreadable"
ALL: Final = "all"
_PROJECT: Final = "project:"


class _Nothing:
    entries: Mapping[SessionId, SessionEntry] = {}
    unreadable: Mapping[SessionId, UnreadableEntry] = {}
    projects: Sequence[Project] = ()


def group_of(project_id: str | None) -> str:
    """The key of the group of a project's sessions; None or "" is no project.

    It is the same while the project is unknown, so that folds outlive its becoming known.
    """
    return f"{_PROJECT}{project_id}" if project_id else UNFILED


def project_of(group: str) -> str:
    """The project whose sessions stand in the group `group`; `group_of` the other way round."""
    return group.removeprefix(_PROJECT)


class Forest:
    """All groups with their sessions.

    Attributes:
        catalogue: Where sessions are read whenever one is asked for.
        projects: The projects by the keys of their groups, in order.
        order: What groups are sorted by.
        flat: Whether all sessions that can be read stand in one list, whatever their project.
    """

    def __init__(self) -> None:
        self.catalogue: Catalogue = _Nothing()
        self.projects: dict[str, Project] = {}
        self.order = Order.UPDATED
        self.flat = False
        self._groups: dict[str, Group] = {}
        self._homes: dict[SessionId, Group] = {}
        self._filter = TitleFilter()
        self.show(self.catalogue)

    @property
    def filter_text(self) -> str:
        """What sessions are filtered by; empty for none."""
        return self._filter.text

    @property
    def found(self) -> int:
        """How many sessions that can be read the filter lets through; without one 0."""
        found, entries = self._filter.found or frozenset[SessionId](), self.catalogue.entries
        broken = sum(sid in found and sid not in entries for sid in self.catalogue.unreadable)
        return len(found) - broken

    def show(self, catalogue: Catalogue) -> None:
        """Takes everything from `catalogue`."""
        self.catalogue = catalogue
        self._groups.clear()
        self._homes.clear()
        self._read_projects()
        members: dict[str | None, list[SessionId]] = {}
        for session_id, entry in catalogue.entries.items():
            project_id = entry.summary.project_id
            if project_id in members:
                members[project_id].append(session_id)
            else:
                members[project_id] = [session_id]
        for project_id, sessions in members.items():
            group = self._make(group_of(project_id))
            group.members |= dict.fromkeys(sessions)
            self._homes.update(dict.fromkeys(sessions, group))
        if self.flat:
            self._make(ALL).members |= dict.fromkeys(catalogue.entries)
        self._make(UNREADABLE).members |= dict.fromkeys(catalogue.unreadable)
        text = self._filter.text
        self._filter = TitleFilter()
        self.set_filter(text)

    def apply(self, change: LibraryChange) -> None:
        """Takes over what changed in the catalogue; what it says now counts, not what it said."""
        if len(change.changed) > len(self._homes) and not self._filter.text:
            # All of it at once is quicker, as when an earlier run's sessions come.
            self.show(self.catalogue)
            return
        entries, unreadable = self.catalogue.entries, self.catalogue.unreadable
        if change.projects:
            self._read_projects()
        touched = set(change.touched)
        gone, here = self._sort_out(touched)
        broken = self._make(UNREADABLE)
        if change.unreadable:
            gone[broken] = broken.members.keys() - unreadable.keys()
            here[broken] = set(unreadable.keys() - broken.members.keys())
            touched |= gone[broken] | here[broken]
        # They are found by the title of their last good state, which may be another one now.
        if again := (broken.members.keys() & touched) - gone.get(broken, set()):
            here[broken] = here.get(broken, set()) | again
        self._filter.update(touched, entries, unreadable)
        found = self._filter.found or frozenset[SessionId]()
        for group in {**gone, **here}:
            changed = here.get(group, set())
            group.update(gone.get(group, set()), changed, changed & found, entries)
            if not group.members and group.kind is GroupKind.UNKNOWN:
                del self._groups[group.key]

    def _sort_out(
        self, touched: set[SessionId]
    ) -> tuple[dict[Group, set[SessionId]], dict[Group, set[SessionId]]]:
        """For each group the sessions that left it, and those that are in it and differ."""
        gone: dict[Group, set[SessionId]] = {}
        here: dict[Group, set[SessionId]] = {}
        for session_id in touched:
            entry = self.catalogue.entries.get(session_id)
            former = self._homes.pop(session_id, None)
            group = None
            if entry is not None:
                group = self._homes[session_id] = self._make(group_of(entry.summary.project_id))
                here.setdefault(group, set()).add(session_id)
            if former is not None and former is not group:
                gone.setdefault(former, set()).add(session_id)
        if self.flat:
            everything = self._make(ALL)
            here[everything] = {sid for sid in touched if sid in self._homes}
            gone[everything] = (touched - here[everything]) & everything.members.keys()
        return gone, here

    def sort_by(self, order: Order) -> None:
        """Sets the order in every group."""
        self.order = order
        for group in self._groups.values():
            group.sort_by(order)

    def set_flat(self, *, flat: bool) -> None:
        """Puts all sessions into one list, or back into the groups of their projects."""
        self.flat = flat
        self._groups.pop(ALL, None)
        if flat:
            everything = self._make(ALL)
            everything.members |= dict.fromkeys(self.catalogue.entries)
            self._let_through([everything])

    def set_filter(self, text: str) -> None:
        """Leaves only sessions whose title or id contains `text`, in whatever case."""
        self._filter.set(text, self.catalogue.entries, self.catalogue.unreadable)
        self._let_through(self._groups.values())

    def set_within(self, sessions: AbstractSet[SessionId]) -> None:
        """Leaves also these sessions, which have the text of the filter somewhere in them."""
        self._filter.within = sessions
        self._let_through(self._groups.values())

    def _let_through(self, groups: Iterable[Group]) -> None:
        found = self._filter.found
        for group in groups:
            group.set_hits(None if found is None else group.members.keys() & found)

    def prepare_filter(self) -> None:
        """Does ahead what the first letter of a filter would have to wait for."""
        self._filter.prepare(self.catalogue.entries, self.catalogue.unreadable)

    def groups(self) -> list[Group]:
        """The groups that hold everything once, in their order.

        Projects, Unfiled and unknown projects, or the list of all; then Unreadable.
        """
        if self.flat:
            return [self._make(ALL), self._make(UNREADABLE)]
        unknown = [group for group in self._groups.values() if group.kind is GroupKind.UNKNOWN]
        unknown.sort(key=lambda group: group.key)
        return [*self.targets(), *unknown, self._make(UNREADABLE)]

    def targets(self) -> list[Group]:
        """The groups in which sessions can be dropped: projects, Unfiled."""
        return [self._make(key) for key in (*self.projects, UNFILED)]

    def sessions_in(self, group: str) -> list[SessionId]:
        """The sessions of a group that are not filtered out, in their order."""
        held = self._groups.get(group)
        return [] if held is None else [session_of(path) for path in self.order_of(held)]

    def standing(self, session_id: SessionId) -> str | None:
        """The group of `groups` that a session stands in; None for one that is nowhere."""
        return ALL if self.flat and session_id in self._homes else self.home(session_id)

    def home(self, session_id: SessionId) -> str | None:
        """The group that a session belongs to; None for one that is nowhere."""
        group = self._homes.get(session_id)
        if group is not None:
            return group.key
        return UNREADABLE if session_id in self.catalogue.unreadable else None

    def newest(self) -> SessionId | None:
        """The session that changed last; None if there are no sessions."""
        entries = self.catalogue.entries
        return max(entries, key=lambda sid: entries[sid].summary.updated_at.ns, default=None)

    def order_of(self, group: Group) -> OrderedPaths:
        """The paths of a group's sessions that are not filtered out, in their order."""
        return group.order(self.catalogue.entries)

    def path(self, group: Group, session_id: SessionId) -> Path | None:
        """Where in a group a session stands; None for one that is not in it."""
        return group.path(session_id, self.catalogue.entries)

    def get(self, group: str) -> Group | None:
        """A group by its key."""
        return self._groups.get(group)

    def _make(self, key: str) -> Group:
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(key, self._kind(key))
            group.sort_by(self.order)
            if self._filter.text:
                group.set_hits(set())
        return group

    def _kind(self, key: str) -> GroupKind:
        if key in (UNFILED, UNREADABLE, ALL):
            return GroupKind(key)
        return GroupKind.PROJECT if key in self.projects else GroupKind.UNKNOWN

    def _read_projects(self) -> None:
        projects: dict[str, Project] = {}
        for project in self.catalogue.projects:
            if project.project_id:
                projects.setdefault(group_of(project.project_id), project)
        self.projects = projects
        for key, group in list(self._groups.items()):
            group.kind = self._kind(key)
            if group.kind is GroupKind.UNKNOWN and not group.members:
                del self._groups[key]
