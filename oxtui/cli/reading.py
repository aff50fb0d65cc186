"""One session as the commands that show it need it: read, with what its files say around it."""

import asyncio
from pathlib import Path

import msgspec

from oxtui.cli.target import find_session, store_base
from oxtui.errors import NotFoundError, UnreadableError
from oxtui.sanitize import sanitize
from oxtui.store.models import Session, SessionId, SessionSummary
from oxtui.store.projects.catalog import read_projects
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


def read_session(text: str) -> ReadSession:
    """The session that an argument means.

    Raises:
        OxtuiError: There is no such session, or it can't be read; the message says why.
    """
    base = store_base()
    session_id = find_session(base, text)
    store = StateStore(base)
    try:
        session = asyncio.run(store.load_session(session_id))
    except UnreadableError as error:
        file = sanitize(str(store.session_path(session_id)))
        raise UnreadableError(f"{file} can't be read as a session: {error.message}") from error
    if session is None or session.source is None:
        raise NotFoundError(f"Session {sanitize(session_id)} is not there any more.")
    summary = summarize(session.source)
    project = _project_name(base, summary.project_id)
    return ReadSession(session_id, session.source, session, summary, project)


def _project_name(base: Path, project_id: str | None) -> str | None:
    if project_id is None:
        return None
    names: dict[str, str] = {
        project.project_id: project.name for project in read_projects(base).projects
    }
    return names.get(project_id, project_id)
