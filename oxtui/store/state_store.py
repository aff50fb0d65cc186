"""The store: a port of `state_store.rs`, with its whole API under the same names.

Everything lies as Markdown or JSON in `<base>/<category>/<name>`. Where the port differs, it is
better on purpose: files that can't be read are not hidden, ids are checked everywhere, a save
changes only the bytes of what changed and never loses what another program wrote in between, and
what is deleted goes to the trash.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

import msgspec

from oxtui.errors import (
    ChangedError,
    NotFoundError,
    OxtuiError,
    ReadOnlyError,
    UnreadableError,
)
from oxtui.store.category_files import SUFFIXES, make_category, names_in, read_file, text_of
from oxtui.store.durable import create, durable_write, sync_folder
from oxtui.store.layout import SESSIONS, SUFFIX
from oxtui.store.locking import store_lock
from oxtui.store.names import check_category, check_name
from oxtui.store.prune import check_limits, plan_prune
from oxtui.store.summaries.entries import SessionEntry
from oxtui.store.summaries.index import read_all
from oxtui.store.summaries.scan import newest_first
from oxtui.store.timestamps import Timestamp
from oxtui.store.trash import Looked, Trash, TrashEntry
from oxtui.store.values import PruneConfig, SessionId, SessionSummary

# Models are imported where one is loaded or saved: for a list, pydantic takes too long to import.
if TYPE_CHECKING:
    from pydantic import JsonValue

    from oxtui.store.fields import FieldsChange
    from oxtui.store.models import Session
    from oxtui.store.session_files import SessionChange

_AGENTS: Final = "agents"
_HOUR_NS: Final = 3_600 * 1_000_000_000
_LOG: Final = logging.getLogger(__name__)


class StateStore:
    """The files of one store.

    Attributes:
        base_path: The folder that holds the categories.
        read_only: Why nothing may be written; None when it may.
        trash: Where deleted files go.
    """

    def __init__(self, base_path: Path, read_only: str | None = None) -> None:
        self.base_path = base_path
        self.read_only = read_only
        self.trash = Trash(base_path)
        self._session_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._background: set[asyncio.Task[None]] = set()

    @property
    def sessions_path(self) -> Path:
        """The folder of the sessions; it need not be there."""
        return self.base_path / SESSIONS

    def session_path(self, session_id: SessionId) -> Path:
        """The file of a session.

        Raises:
            InvalidNameError: The id could lead out of the folder.
        """
        return self._path(SESSIONS, session_id, SUFFIX)

    # Any category

    async def save_markdown(self, category: str, name: str, content: str) -> None:
        """Writes `<category>/<name>.md`."""
        await self._write(self._path(category, name, ".md"), content.encode())

    async def load_markdown(self, category: str, name: str) -> str | None:
        """The text of `<category>/<name>.md`; None if there is no such file.

        Raises:
            UnreadableError: It is no regular file, or not UTF-8.
        """
        content = await read_file(self._path(category, name, ".md"))
        return None if content is None else text_of(content)

    async def list_category(self, category: str) -> list[str]:
        """The names in a category, without their endings, in order, each once."""
        check_category(category)
        return await asyncio.to_thread(names_in, self.base_path / category)

    async def save_json(self, category: str, name: str, data: "JsonValue") -> None:
        """Writes `<category>/<name>.json`, with two spaces, as serde does."""
        content = json.dumps(data, indent=2, ensure_ascii=False).encode()
        await self._write(self._path(category, name, ".json"), content)

    async def load_json(self, category: str, name: str) -> "JsonValue":
        """What is in `<category>/<name>.json`; None if there is no such file.

        Raises:
            UnreadableError: It is no regular file, or not JSON.
        """
        content = await read_file(self._path(category, name, ".json"))
        if content is None:
            return None
        try:
            return msgspec.json.decode(text_of(content))
        except msgspec.DecodeError as error:
            raise UnreadableError(f"{category}/{name}.json: {error}") from error

    async def delete_file(self, category: str, name: str) -> bool:
        """Moves `<category>/<name>.json`, else `.md`, to the trash.

        Returns:
            Whether there was one.
        """
        for suffix in SUFFIXES:
            if await self._to_trash(self._path(category, name, suffix)):
                return True
        return False

    # Sessions

    async def save_session(self, session: "Session") -> None:
        """Saves a session.

        One that was loaded is saved as the difference to what it was loaded from, onto whatever
        its file holds by now, so that nobody's turn is lost.

        Raises:
            ChangedError: Others kept writing the file, or just made it; nothing was saved.
        """
        path = self.session_path(session.id)
        self._check_writable()
        await asyncio.to_thread(self._save, path, session)

    async def load_session(self, session_id: SessionId) -> "Session | None":
        """A session with all that is in its file; None if there is no such file.

        Raises:
            UnreadableError: The file is not one that Oxios reads; the message says why.
        """
        from oxtui.store.codec import decode

        content = await read_file(self.session_path(session_id))
        return None if content is None else await asyncio.to_thread(decode, content)

    async def delete_session(self, session_id: SessionId) -> bool:
        """Moves a session to the trash; returns whether there was one."""
        return await self._to_trash(self.session_path(session_id))

    async def update_session(self, session: "Session") -> None:
        """Saves an existing session, as `save_session`."""
        await self.save_session(session)

    async def get_or_create_session(
        self, user_id: str, session_id: SessionId | None = None
    ) -> "Session":
        """The session with this id, else a new one of that user, saved."""
        if session_id is not None and (existing := await self.load_session(session_id)):
            return existing
        from oxtui.store.models import Session

        session = Session.with_id(user_id, session_id) if session_id else Session.new(user_id)
        path = self.session_path(session.id)
        self._check_writable()
        try:
            await asyncio.to_thread(self._save_whole, path, session, create)
        except ChangedError:
            if existing := await self.load_session(session.id):
                return existing
            raise
        return session

    async def update_session_with(
        self, session_id: SessionId, change: "SessionChange"
    ) -> "Session | None":
        """Loads a session, changes it and saves it, one at a time for each session.

        Args:
            session_id: Which.
            change: Called with the session; again with a fresh one if somebody else wrote the file
                in the meantime. What it raises is passed on, and nothing is written.

        Returns:
            The session as it was saved; None if there is none.
        """
        from oxtui.store import session_files

        path = self.session_path(session_id)
        self._check_writable()
        lock = self._session_locks.setdefault(session_id, asyncio.Lock())
        async with lock:
            return await asyncio.to_thread(session_files.edit, self.base_path, path, change)

    async def save_session_with_prune(self, session: "Session", config: PruneConfig) -> None:
        """Saves a session, then prunes in the background; see `background_done`."""
        await self.save_session(session)
        task = asyncio.create_task(self._prune_quietly(config))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def background_done(self) -> None:
        """Waits for the prunes that were started in the background."""
        await asyncio.gather(*self._background)

    async def load_all_sessions(self) -> "list[Session]":
        """Every session that can be read, in full, in the order of their names.

        All of them are in memory then: `load_sessions_for_promotion` loads fewer.
        """
        return await asyncio.to_thread(lambda: list(self._load_all(lambda _: True)))

    async def load_sessions_for_promotion(self, since: Timestamp) -> "list[Session]":
        """The sessions that were updated at `since` or later, in full."""
        return await asyncio.to_thread(
            lambda: list(self._load_all(lambda entry: entry.summary.updated_at >= since))
        )

    async def list_sessions(self) -> list[SessionSummary]:
        """Summaries of all sessions that can be read, the last updated first."""
        return [entry.summary for entry in newest_first(await self._entries())]

    async def move_session_to_project(self, session_id: SessionId, project_id: str | None) -> bool:
        """Moves a session to a project, or out of any with None; returns whether there is one."""
        from oxtui.store.fields import moved

        path = self.session_path(session_id)
        self._check_writable()
        return await asyncio.to_thread(self._set_fields, path, moved(project_id))

    async def prune_sessions(self, config: PruneConfig) -> int:
        """Moves what is beyond the limits to the trash, except pinned sessions.

        Returns:
            How many were moved.

        Raises:
            InvalidValueError: A limit is out of its range.
        """
        check_limits(config)
        self._check_writable()
        plan = plan_prune(await self._entries(), config, time.time_ns(), live_ns=0)
        pruned = 0
        for row in plan.going:
            try:
                await self.trash_session(row.session_id, row.entry.was_read_from)
            except (ChangedError, NotFoundError):
                continue  # written or deleted since the plan was made
            pruned += 1
        if pruned:
            _LOG.info("pruned %d sessions", pruned)
        return pruned

    async def trash_session(
        self, session_id: SessionId, looked: Looked | None = None
    ) -> TrashEntry:
        """Moves a session to the trash, if it still is in the state that was looked at.

        Raises:
            NotFoundError: There is no such session.
            ChangedError: It was written since; it stays.
        """
        path = self.session_path(session_id)
        self._check_writable()
        return await asyncio.to_thread(self._trash_locked, path, looked)

    async def prune_agents_by_config(
        self, max_entries: int, ttl_hours: int, batch_size: int
    ) -> int:
        """Moves old agent records to the trash, by age and then by count.

        Args:
            max_entries: The most to keep; 0 is no limit.
            ttl_hours: Age after which one goes; 0 is never.
            batch_size: The most to take because of `max_entries` at once.

        Returns:
            How many were moved.
        """
        check_limits(PruneConfig(max_entries, ttl_hours))
        created = {
            name: at
            for name in await self.list_category(_AGENTS)
            if (at := await self._agent_created_at(name)) is not None
        }
        cutoff = Timestamp.now().ns - ttl_hours * _HOUR_NS
        old = [name for name, at in created.items() if ttl_hours and at.ns < cutoff]
        remaining = sorted(created.keys() - set(old), key=lambda name: (created[name], name))
        excess = len(remaining) - max_entries if max_entries else 0
        going = old + remaining[: max(0, min(excess, batch_size))]
        return sum([await self.delete_file(_AGENTS, name) for name in going])

    # Inside

    def _path(self, category: str, name: str, suffix: str) -> Path:
        check_category(category)
        check_name(name)
        return self.base_path / category / f"{name}{suffix}"

    def _check_writable(self) -> None:
        if self.read_only:
            raise ReadOnlyError(f"{self.base_path} is not written: {self.read_only}.")

    async def _write(self, path: Path, content: bytes) -> None:
        self._check_writable()
        await asyncio.to_thread(self._write_locked, path, content)

    def _write_locked(
        self, path: Path, content: bytes, write: Callable[[Path, bytes], object] = durable_write
    ) -> None:
        make_category(path.parent)
        with store_lock(self.base_path):
            write(path, content)

    def _save(self, path: Path, session: "Session") -> None:
        from oxtui.store import session_files

        if not path.exists():
            self._save_whole(path, session, create)
        elif session.source is None:
            self._save_whole(path, session, durable_write)
        else:
            session_files.save_onto(self.base_path, path, session)

    def _save_whole(
        self, path: Path, session: "Session", write: Callable[[Path, bytes], object]
    ) -> None:
        from oxtui.store.codec import encode

        content = encode(session)
        self._write_locked(path, content, write)
        session.loaded_from(content)

    def _set_fields(self, path: Path, change: "FieldsChange") -> bool:
        from oxtui.store import session_files

        with store_lock(self.base_path):
            written = session_files.set_fields(path, change)
        sync_folder(path.parent)
        return written is not None

    async def _to_trash(self, path: Path) -> bool:
        self._check_writable()
        try:
            await asyncio.to_thread(self._trash_locked, path, None)
        except NotFoundError:
            return False
        return True

    def _trash_locked(self, path: Path, looked: Looked | None) -> TrashEntry:
        file = path.relative_to(self.base_path).as_posix()
        if not path.is_symlink() and not path.exists():
            raise NotFoundError(f"{file} is not there.")
        with store_lock(self.base_path):
            entry = self.trash.put(file, looked)
        self.trash.sync(entry)
        sync_folder(path.parent)
        return entry

    async def _entries(self) -> list[SessionEntry]:
        found = await asyncio.to_thread(read_all, self.base_path)
        return [entry for entry in found if isinstance(entry, SessionEntry)]

    def _load_all(self, wanted: Callable[[SessionEntry], bool]) -> "Iterable[Session]":
        from oxtui.store import session_files

        entries = (e for e in read_all(self.base_path) if isinstance(e, SessionEntry))
        for entry in sorted(filter(wanted, entries), key=lambda e: e.session_id):
            try:
                session = session_files.load(self.session_path(entry.session_id))
            except UnreadableError:
                continue  # written since it was listed, and not whole yet
            if session is not None:
                yield session

    async def _prune_quietly(self, config: PruneConfig) -> None:
        try:
            await self.prune_sessions(config)
        except OxtuiError as error:
            _LOG.warning("pruning in the background failed: %s", error.message)

    async def _agent_created_at(self, name: str) -> Timestamp | None:
        """When an agent was created; None if its record can't be read, as in the reference."""
        try:
            record = await self.load_json(_AGENTS, name)
            created = record.get("created_at") if isinstance(record, dict) else None
            return Timestamp.parse(created) if isinstance(created, str) else None
        except (UnreadableError, ValueError):
            return None
