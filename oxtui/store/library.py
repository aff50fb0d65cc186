"""The live catalogue of a store: what is there, and what just changed."""

from dataclasses import dataclass

from oxtui.store.models import SessionId


@dataclass(frozen=True, slots=True)
class LibraryChange:
    """What is different since the last change that listeners were told.

    Attributes:
        changed: Sessions that are new or whose summary is another one now.
        removed: Sessions that are gone.
        unreadable: Whether the files that cannot be read, or their reasons, changed.
        projects: Whether a project was added, renamed, removed or reordered.
    """

    changed: frozenset[SessionId] = frozenset()
    removed: frozenset[SessionId] = frozenset()
    unreadable: bool = False
    projects: bool = False
