"""Keeping the timeline on a session: opening it, and following what is written to it."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from oxtui.errors import NotFoundError, OxtuiError
from oxtui.replay.turns import Turn, turns
from oxtui.sanitize import sanitize
from oxtui.store.layout import session_file
from oxtui.store.library import Library, LibraryChange
from oxtui.store.projects.catalog import NO_PROJECT
from oxtui.store.summaries.entries import FileIdentity, SessionEntry
from oxtui.store.transcript import LoadStopped, load_transcript
from oxtui.store.values import SessionId
from oxtui.ui.timeline.widget import Timeline
from oxtui.units import age, plural


@dataclass(frozen=True, slots=True)
class _Load:
    """A session on its way from its file, which goes on when one of those that wait gives up.

    Attributes:
        session_id: Which one.
        identity: The state of its file; None if that is not known.
        turns: What comes of it; None if it was stopped.
        stopped: Ends it when set.
    """

    session_id: SessionId
    identity: FileIdentity | None
    turns: "asyncio.Task[tuple[Turn, ...] | None]"
    stopped: Event


class Reader:
    """Fills a timeline from a library.

    `open` and `follow` are to be awaited in exclusive workers, so that the last one wins. A file is
    read once at a time, whoever waits for it, and no further when another one is wanted.

    Attributes:
        session_id: The session that is wanted; None for none.
    """

    def __init__(self, library: Library, timeline: Timeline) -> None:
        self._library = library
        self._timeline = timeline
        self._shown: FileIdentity | None = None
        self._load: _Load | None = None
        self._may_pass = False
        self.session_id: SessionId | None = None
        self._query = ""
        self._title = ""

    async def open(self, session_id: SessionId) -> None:
        """Shows a session as it is now."""
        self.session_id = session_id
        if session_id != self._timeline.session_id:
            await self._read(session_id)
        else:  # while another one was wanted, nobody followed this one
            await self.follow()

    def look_for(self, query: str) -> None:
        """Goes to the first place where a text stands, in this session and in those opened next.

        Without a text sessions open at their end again.
        """
        if query != self._query:
            self._query = query
            self._timeline.find(query, go=True)

    def is_stale(self, change: LibraryChange) -> bool:
        """Whether a change is one of the session that is shown, or may let it be read again."""
        session_id = self.session_id
        if session_id is None:
            return False
        return self._may_pass or session_id in change.touched or change.unreadable

    async def follow(self) -> None:
        """Shows what became of the session."""
        session_id = self.session_id
        if session_id is None:
            return
        entry = self._library.entries.get(session_id)
        readable = session_id not in self._library.unreadable
        if entry is None and readable:
            self._entitle(None, "deleted")
        elif entry is not None and readable and entry.identity == self._shown:
            self._entitle(entry)
        else:
            await self._read(session_id)

    async def _read(self, session_id: SessionId) -> None:
        entry = self._library.entries.get(session_id)
        identity = entry.identity if entry else None
        try:
            with self._timeline.unhurried():
                replayed = await self._turns(session_id, identity)
        except OxtuiError as error:
            if session_id == self.session_id:
                # What the system refuses it may grant again, without a trace in the file.
                self._may_pass = isinstance(error.__cause__, OSError)
                self._cannot_show(session_id, error)
            return
        if replayed is None or session_id != self.session_id:
            return
        self._may_pass = False
        if self._timeline.session_id != session_id:
            self._timeline.show(session_id, replayed, self._query)
        elif identity is None or identity != self._shown:
            self._timeline.grow(replayed)
        self._shown = identity
        self._entitle(entry)

    async def _turns(
        self, session_id: SessionId, identity: FileIdentity | None
    ) -> tuple[Turn, ...] | None:
        """What a file holds; None if it was given up for another one."""
        while (load := self._load) is not None:
            if load.session_id != session_id:
                load.stopped.set()
                break
            if identity is not None and load.identity == identity:
                return await asyncio.shield(load.turns)
            await asyncio.wait([load.turns])  # what is newer comes after what is older
        path, stopped = self._library.store.session_path(session_id), Event()
        reading = asyncio.create_task(asyncio.to_thread(_replay, path, identity, stopped))
        self._load = load = _Load(session_id, identity, reading, stopped)
        reading.add_done_callback(lambda _: self._loaded(load))
        return await asyncio.shield(reading)

    def _loaded(self, load: _Load) -> None:
        if self._load is load:
            self._load = None
        if not load.turns.cancelled():
            load.turns.exception()  # looked at, in case that nobody waits any more

    def _cannot_show(self, session_id: SessionId, error: OxtuiError) -> None:
        """Says why a session can't be read; its last good state stays on the screen."""
        if self._timeline.session_id == session_id:
            self._entitle(self._library.entries.get(session_id), "unreadable now")
            return
        self._shown = None
        self._title = sanitize(session_id)
        self._timeline.entitle(self._title)
        path = self._library.store.base_path / session_file(session_id)
        self._timeline.clear(
            f"This session can't be read: {sanitize(error.message)}\n\n"
            f"The file is {sanitize(str(path))}. oxtui leaves it as it is; Oxios does not see it."
        )

    def _entitle(self, entry: SessionEntry | None, remark: str = "") -> None:
        if entry is None:
            self._timeline.entitle(self._title, [remark])
            return
        summary = entry.summary
        differs = summary.id != entry.session_id
        facts = [
            remark,
            self._project_name(summary.project_id),
            plural(summary.message_count, "turn"),
            age(time.time_ns() - summary.updated_at.ns),
            f"id differs: {sanitize(summary.id)}" if differs else "",
        ]
        self._title = sanitize(summary.title or "") or "(untitled)"
        self._timeline.entitle(self._title, filter(None, facts))

    def _project_name(self, project_id: str | None) -> str:
        if not project_id:
            return NO_PROJECT
        name = self._library.project_name(project_id)
        return "unknown project" if name is None else sanitize(name)


def _replay(path: Path, checked: FileIdentity | None, stopped: Event) -> tuple[Turn, ...] | None:
    try:
        transcript = load_transcript(path, checked, stopped)
    except LoadStopped:
        return None
    if transcript is None:
        raise NotFoundError("The session is not there any more.")
    return turns(transcript)
