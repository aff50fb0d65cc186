"""What there is to show of a store."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from oxtui.store.projects.catalog import Project
from oxtui.store.summaries.entries import SessionEntry, UnreadableEntry
from oxtui.store.values import SessionId


class Catalogue(Protocol):
    """Sessions and projects, as they are at the moment; the library is one."""

    @property
    def entries(self) -> Mapping[SessionId, SessionEntry]:
        """The sessions that could be read, now or before."""
        ...

    @property
    def unreadable(self) -> Mapping[SessionId, UnreadableEntry]:
        """The files that cannot be read as sessions now."""
        ...

    @property
    def projects(self) -> Sequence[Project]:
        """The projects in their order."""
        ...
