"""Writes the demo store: a whole Oxios home, made up."""

import os
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from oxtui.demo.composed import composed_talk
from oxtui.demo.home import new_uuid, write_categories, write_config, write_projects
from oxtui.demo.record import Json, encode, session_of
from oxtui.demo.script import Talk, on
from oxtui.demo.talks import TALKS
from oxtui.demo.talks.others import UNKNOWN_PROJECT
from oxtui.errors import InvalidValueError, WriteFailedError
from oxtui.store.timestamps import Timestamp
from oxtui.store.values import ProjectId, SessionId


def write_demo(
    base: Path, *, sessions: int = 40, seed: int = 7, now: datetime | None = None
) -> None:
    """Writes a believable Oxios home into `base`, which may not exist yet.

    The same `seed` and `now` give the same bytes.

    Args:
        base: The folder to write to.
        sessions: How many sessions that can be read; two that can't be come on top.
        seed: What is chosen where there is a choice.
        now: The moment from which the ages of the sessions count, with its time zone (without
            one, UTC): the clock times of past days are in that zone.

    Raises:
        InvalidValueError: `base` holds sessions already, or fewer than one are asked for.
        WriteFailedError: The system refused to write.
    """
    if sessions < 1:
        raise InvalidValueError(f"A demo needs at least 1 session, not {sessions}.")
    try:
        _refuse_used(base)
        _write(base, sessions, random.Random(seed), _with_zone(now))  # noqa: S311 - nothing secret
    except OSError as error:
        raise WriteFailedError(f"Cannot write a demo to {base}: {error.strerror}.") from error


def talks(count: int, rng: random.Random) -> Iterator[Talk]:
    """`count` talks: those written by hand, then composed ones."""
    yield from TALKS[:count]
    for index in range(count - len(TALKS)):
        yield composed_talk(index, rng)


def _write(base: Path, count: int, rng: random.Random, now: datetime) -> None:
    folder = base / "sessions"
    folder.mkdir(parents=True, exist_ok=True)
    projects = write_projects(base, rng, now)
    projects[UNKNOWN_PROJECT] = ProjectId(new_uuid(rng))
    ids: dict[str, SessionId] = {}
    for talk in talks(count, rng):
        ids[talk.key] = SessionId(new_uuid(rng))
        session = session_of(
            talk,
            ids[talk.key],
            rng,
            now,
            project_id=None if talk.project is None else projects[talk.project],
            parent_id=None if talk.parent is None else ids[talk.parent],
        )
        _write_session(folder, session, encode(session))
    _write_cut(folder, composed_talk(count, rng), rng, now)
    _write_wrong(folder, rng, now)
    write_config(base, count)
    write_categories(base, rng, now)


def _write_cut(folder: Path, talk: Talk, rng: random.Random, now: datetime) -> None:
    """A file that ends in the middle, as a copy that was interrupted does."""
    session_id = SessionId(new_uuid(rng))
    session = session_of(talk, session_id, rng, now, project_id=None, parent_id=None)
    data = encode(session)
    _write_session(folder, session, data[: len(data) * 3 // 5])


def _write_wrong(folder: Path, rng: random.Random, now: datetime) -> None:
    """A file of some other program, which wrote its times as numbers."""
    session_id = SessionId(new_uuid(rng))
    talk = Talk(key="", project=None, last=on(4, "16:02"), turns=())
    session = session_of(talk, session_id, rng, now, project_id=None, parent_id=None)
    seconds = Timestamp.parse(str(session["updated_at"])).ns // 1_000_000_000
    data = encode({**session, "created_at": seconds, "updated_at": seconds})
    _write_session(folder, session, data)


def _write_session(folder: Path, session: Mapping[str, Json], data: bytes) -> None:
    path = folder / f"{session['id']}.json"
    path.write_bytes(data)
    saved_ns = Timestamp.parse(str(session["updated_at"])).ns
    os.utime(path, ns=(saved_ns, saved_ns))


def _refuse_used(base: Path) -> None:
    if base.exists() and not base.is_dir():
        raise InvalidValueError(f"{base} is not a folder. Name an empty or a new one.")
    folder = base / "sessions"
    used = folder.is_dir() and next(folder.iterdir(), None) is not None
    if used or (base / "kernel.db").exists():
        raise InvalidValueError(f"{base} holds a store already. Name an empty or a new folder.")


def _with_zone(now: datetime | None) -> datetime:
    if now is None:
        return datetime.now().astimezone()
    return now if now.tzinfo is not None else now.replace(tzinfo=UTC)
