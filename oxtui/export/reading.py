"""One session as whoever shows all of it needs it: read, with what its files say around it."""

from collections.abc import Callable

import msgspec

from oxtui.errors import NotFoundError, UnreadableError
from oxtui.sanitize import sanitize
from oxtui.store.models import Session, SessionId, SessionSummary
from oxtui.store.state_store import StateStore
from oxtui.store.summaries.summarize import summarize


class ReadSession(msgspec.Struct, frozen=True):
    """A session with its file.

    Attributes:
        session_id: The stem of its file.
        content: The bytes of its file.
        session: What they say.
        summary: What a list says of it.
        project: The name of its project, else the project's id; None for none.
    """

    session_id: SessionId
    content: bytes
    session: Session
    summary: SessionSummary
    project: str | None

    @property
    def title(self) -> str:
        """What to call it."""
        return self.summary.title or self.session_id


async def read_session(
    store: StateStore, session_id: SessionId, project_name: Callable[[str], str | None]
) -> ReadSession:
    """A session of a store.

    Args:
        store: The store.
        session_id: Which session.
        project_name: Gives the name of a project by its id; None where there is no such project.

    Raises:
        OxtuiError: There is no such session, or it can't be read; the message says why.
    """
    try:
        session = await store.load_session(session_id)
    except UnreadableError as error:
        file = sanitize(str(store.session_path(session_id)))
        raise UnreadableError(f"{file} can't be read as a session: {error.message}") from error
    if session is None or session.source is None:
        raise NotFoundError(f"Session {sanitize(session_id)} is not there any more.")
    summary = summarize(session.source)
    project_id = summary.project_id
    project = None if project_id is None else project_name(project_id) or project_id
    return ReadSession(session_id, session.source, session, summary, project)
