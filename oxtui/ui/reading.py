"""Keeping the timeline on a session: opening it, and following what is written to it."""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rich.cells import cell_len
from textual.content import Content

from oxtui.errors import NotFoundError, OxtuiError
from oxtui.sanitize import sanitize
from oxtui.store.library import Library, LibraryChange
from oxtui.store.models import SessionId
from oxtui.store.summaries.scan import FileIdentity, SessionEntry
from oxtui.store.transcript import load_transcript
from oxtui.ui.glyphs import Glyphs
from oxtui.ui.text import cut
from oxtui.ui.timeline.turns import Turn, turns
from oxtui.ui.timeline.widget import Timeline
from oxtui.units import age, plural

_LEAST_TITLE: Final = 12
_CORNERS: Final = 4


class Reader:
    """Fills a timeline from a library.

    `open` and `follow` are to be awaited in one exclusive worker, so that the last one wins.

    Attributes:
        session_id: The session that is wanted; None for none.
    """

    def __init__(self, library: Library, timeline: Timeline, glyphs: Glyphs) -> None:
        self._library = library
        self._timeline = timeline
        self._separator = glyphs.separator
        self._ellipsis = glyphs.ellipsis
        self._shown: FileIdentity | None = None
        self.session_id: SessionId | None = None
        self._query = ""

    async def open(self, session_id: SessionId | None) -> None:
        """Shows a session, or none."""
        self.session_id = session_id
        if session_id is None:
            self._shown = None
            self._timeline.border_title = None
            self._timeline.clear("Choose a session on the left to read it.")
        elif session_id != self._timeline.session_id:
            await self._read(session_id)

    def look_for(self, query: str) -> None:
        """Goes to the first place where a text stands, in this session and in those opened next.

        Without a text sessions open at their end again.
        """
        if query != self._query:
            self._query = query
            self._timeline.find(query, go=True)

    def is_stale(self, change: LibraryChange) -> bool:
        """Whether a change is one of the session that is shown."""
        session_id = self.session_id
        if session_id is None:
            return False
        return session_id in change.changed or session_id in change.removed or change.unreadable

    async def follow(self) -> None:
        """Shows what became of the session."""
        session_id = self.session_id
        if session_id is None:
            return
        entry = self._library.entries.get(session_id)
        if entry is None and session_id not in self._library.unreadable:
            self._entitle(None, "deleted")
        elif entry is not None and entry.identity == self._shown:
            self._entitle(entry)
        else:
            await self._read(session_id)

    async def _read(self, session_id: SessionId) -> None:
        entry = self._library.entries.get(session_id)
        try:
            with self._timeline.unhurried():
                replayed = await self._turns(session_id, entry)
        except OxtuiError as error:
            self._cannot_show(session_id, error)
            return
        if session_id != self.session_id:
            return
        self._shown = entry.identity if entry else None
        self._entitle(entry)
        if self._timeline.session_id == session_id:
            self._timeline.grow(replayed)
        else:
            self._timeline.show(session_id, replayed, self._query)

    async def _turns(self, session_id: SessionId, entry: SessionEntry | None) -> tuple[Turn, ...]:
        path = self._library.store.session_path(session_id)
        return await asyncio.to_thread(_replay, path, entry.identity if entry else None)

    def _cannot_show(self, session_id: SessionId, error: OxtuiError) -> None:
        """Says why a session can't be read; its last good state stays on the screen."""
        if self._timeline.session_id == session_id:
            self._entitle(self._library.entries.get(session_id), "unreadable now")
            return
        self._shown = None
        self._timeline.border_title = Content(sanitize(session_id))
        path = self._library.store.sessions_path / f"{session_id}.json"
        self._timeline.clear(
            f"This session can't be read: {sanitize(error.message)}\n\n"
            f"The file is {sanitize(str(path))}. oxtui leaves it as it is; Oxios does not see it."
        )

    def _entitle(self, entry: SessionEntry | None, remark: str = "") -> None:
        if entry is None:
            facts = [remark]
            title = ""
        else:
            summary = entry.summary
            facts = [
                *([remark] if remark else []),
                self._project_name(summary.project_id),
                plural(summary.message_count, "turn"),
                age(time.time_ns() - summary.updated_at.ns),
                *(
                    [f"id differs: {sanitize(summary.id)}"]
                    if summary.id != entry.session_id
                    else []
                ),
            ]
            title = sanitize(summary.title or "") or "(untitled)"
        width = self._timeline.size.width - _CORNERS
        while facts and cell_len(self._joined(facts)) > width // 2:
            facts.pop()  # the title tells more
        tail = self._joined(facts)
        room = max(_LEAST_TITLE, width - cell_len(tail))
        self._timeline.border_title = Content(cut(title, room, self._ellipsis) + tail)

    def _joined(self, facts: Iterable[str]) -> str:
        return "".join(f" {self._separator} {fact}" for fact in facts if fact)

    def _project_name(self, project_id: str | None) -> str:
        if not project_id:
            return "Unfiled"
        name = self._library.project_name(project_id)
        return "unknown project" if name is None else sanitize(name)


def _replay(path: Path, checked: FileIdentity | None) -> tuple[Turn, ...]:
    transcript = load_transcript(path, checked)
    if transcript is None:
        raise NotFoundError("The session is not there any more.")
    return turns(transcript)
