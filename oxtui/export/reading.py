"""One session as whoever shows all of it needs it: read, with what its files say around it."""

import asyncio
from collections.abc import Callable

import msgspec

from oxtui.errors import NotFoundError, UnreadableError
from oxtui.sanitize import sanitize
from oxtui.store.category_files import read_file
from oxtui.store.state_store import StateStore
from oxtui.store.summaries.summarize import summarize
from oxtui.store.transcript import Transcript, transcript
from oxtui.store.values import SessionId, SessionSummary


class ReadSession(msgspec.Struct, frozen=True):
    """A session with its file.

    Attributes:
        session_id: The stem of its file.
        content: The bytes of its file.
        transcript: What happened in it.
        summary: What a list says of it.
        project: The name of its project, else the project's id; None for none.
    """

    session_id: SessionId
    content: bytes
    transcript: Transcript
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
    path = store.session_path(session_id)
    try:
        content = await read_file(path)
        if content is None:
            raise NotFoundError(f"Session {sanitize(session_id)} is not there any more.")
        happened = await asyncio.to_thread(transcript, content)
        summary = summarize(content)
    except UnreadableError as error:
        file = sanitize(str(path))
        raise UnreadableError(f"{file} can't be read as a session: {error.message}") from error
    project_id = summary.project_id
    project = None if project_id is None else project_name(project_id) or project_id
    return ReadSession(session_id, content, happened, summary, project)
