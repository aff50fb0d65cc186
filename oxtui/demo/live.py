"""Keeps writing to the demo store as a running Oxios does, so that there is something to watch."""

import asyncio
import json
import os
import random
from pathlib import Path
from typing import Final
from uuid import uuid4

from pydantic import ValidationError

from oxtui.demo.record import Clock, Json, append_turn, encode
from oxtui.demo.talks.rollout import TALK, follow_up, rollout_turn
from oxtui.store.models import Session, SessionId
from oxtui.store.timestamps import Timestamp

_OPENING: Final = TALK.turns[0].user


class DemoWriter:
    """Adds turns to a session of a demo store, one at a time.

    It goes on with the session that was written last, and when that one is gone or cannot be
    read, with the newest of the others. Like Oxios it takes no lock and keeps nothing of a session
    in memory: each turn loads the file, appends, and saves it whole, under a temporary name that
    is then renamed.
    """

    def __init__(self, base: Path) -> None:
        self._folder = base / "sessions"
        self._rng = random.Random()  # noqa: S311 - only spreads timestamps
        self._current: Path | None = None

    def write_turn(self) -> SessionId | None:
        """Writes one turn.

        Returns:
            The session that it belongs to; None where there was none to write to, or where it
            was deleted or could not be written at that moment.
        """
        try:
            return self._write_turn()
        except OSError:
            return None

    def _write_turn(self) -> SessionId | None:
        candidates = self._newest_first() if self._current is None else [self._current]
        for path in candidates:
            session = _load(path)
            if session is not None:
                self._current = path
                self._append(session)
                return SessionId(path.stem) if _save(path, session) else None
        if self._current is None:
            return None
        self._current = None
        return self._write_turn()

    def _append(self, session: dict[str, Json]) -> None:
        said = _said(session)
        next_turn = rollout_turn if said[:1] == [_OPENING] else follow_up
        append_turn(session, next_turn(len(said)), Clock(Timestamp.now().ns, self._rng))

    def _newest_first(self) -> list[Path]:
        with os.scandir(self._folder) as entries:
            files = [(e.stat().st_mtime_ns, e.path) for e in entries if e.name.endswith(".json")]
        return [Path(path) for _, path in sorted(files, reverse=True)]


async def keep_writing(base: Path, *, every_s: float = 4.0) -> None:
    """Writes a turn into the demo store at `base` every `every_s` seconds, until it is cancelled.

    A write that has begun when the cancellation comes is finished first, so that nothing is half
    done when this returns.
    """
    writer = DemoWriter(base)
    while True:
        await asyncio.sleep(every_s)
        write = asyncio.ensure_future(asyncio.to_thread(writer.write_turn))
        try:
            await asyncio.shield(write)
        except asyncio.CancelledError:
            await write
            raise


def _load(path: Path) -> dict[str, Json] | None:
    try:
        data = path.read_bytes()
        Session.model_validate_json(data)
    except (OSError, ValidationError):
        return None
    session: dict[str, Json] = json.loads(data)
    known = isinstance(session.get("reasoning_records", []), list)
    return session if known else None


def _said(session: dict[str, Json]) -> list[Json]:
    messages = session.get("user_messages")
    if not isinstance(messages, list):
        return []
    return [message["content"] for message in messages if isinstance(message, dict)]


def _save(path: Path, session: dict[str, Json]) -> bool:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{uuid4()}.tmp")
    try:
        temporary.write_bytes(encode(session))
        # Oxios would bring a session that was deleted meanwhile back, with only the new turn.
        if not path.exists():
            return False
        temporary.replace(path)
        return True
    finally:
        temporary.unlink(missing_ok=True)
