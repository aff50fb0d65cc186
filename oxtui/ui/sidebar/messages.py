"""What the sidebar tells those above it: facts about itself, and requests that change the store."""

from dataclasses import dataclass

from textual.message import Message

from oxtui.store.values import ProjectId, SessionId
from oxtui.ui.sidebar.drag import DragState


@dataclass
class SessionHighlighted(Message):
    """The cursor has come to rest; on a session, or on none."""

    session_id: SessionId | None


@dataclass
class SessionOpened(Message):
    """The user wants to read a session."""

    session_id: SessionId


@dataclass
class FilterCleared(Message):
    """The user left the filter from within the sidebar."""


@dataclass
class OrderChanged(Message):
    """Sessions stand in another order now, or in one list instead of a tree, or back.

    Attributes:
        description: How they stand now, in a few words.
    """

    description: str


@dataclass
class DragChanged(Message):
    """A drag began, changed or, for None, ended."""

    state: DragState | None


@dataclass
class SessionsDropped(Message):
    """Sessions shall go to a project, or for None to no project.

    Those that are there already are not among them.
    """

    session_ids: tuple[SessionId, ...]
    project_id: ProjectId | None


@dataclass
class MoveRequested(Message):
    """Sessions shall go to a project that is still to be chosen."""

    session_ids: tuple[SessionId, ...]


@dataclass
class TrashRequested(Message):
    """Sessions shall go to the trash.

    Attributes:
        session_ids: The sessions.
        out_of_sight: How many of them the filter hides, or a folded group.
    """

    session_ids: tuple[SessionId, ...]
    out_of_sight: int = 0


@dataclass
class RenameRequested(Message):
    """A session shall have another title."""

    session_id: SessionId


@dataclass
class ProjectRenameRequested(Message):
    """A project shall have another name."""

    project_id: ProjectId


@dataclass
class PinRequested(Message):
    """Sessions shall be pinned, or no longer be."""

    session_ids: tuple[SessionId, ...]


@dataclass
class NewProjectRequested(Message):
    """There shall be a new project."""


@dataclass
class WriteRefused(Message):
    """A key was pressed that would change something where nothing can be changed.

    Attributes:
        reason: Why not, for the user.
    """

    reason: str


StoreRequest = (
    SessionsDropped
    | MoveRequested
    | TrashRequested
    | RenameRequested
    | ProjectRenameRequested
    | PinRequested
    | NewProjectRequested
)
"""What the user wants to be done to the store."""
