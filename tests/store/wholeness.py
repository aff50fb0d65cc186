"""What a store holds, as far as a user could lose it: for tests that end writers in the middle."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from oxtui.store.journal import Journal
from oxtui.store.locking import store_lock
from oxtui.store.state_store import StateStore
from tests.store.projects.oxios_db import API, make_database, rows_of
from tests.store.samples import compact, plain_session, pretty

CONFIG = "# mine\n[session]\nmax_sessions = 5 # five\n\n[kernel]\nkey = 'secret'\n"
HOURS_AGO_NS = 2 * 3_600 * 10**9


class File(NamedTuple):
    """A file that a user could lose."""

    content: bytes
    mode: int
    mtime_ns: int


class Holdings(NamedTuple):
    """All of a store: sessions and what lies in the trash by their names, and the rest."""

    sessions: dict[str, File]
    trash: dict[str, File]
    others: dict[str, File]
    rows: dict[str, dict[str, Any]]

    def texts(self) -> "Holdings":
        """The same without modes and times."""
        sessions, trash, others = map(_contents, (self.sessions, self.trash, self.others))
        return Holdings(sessions, trash, others, self.rows)


def _contents(files: dict[str, File]) -> dict[str, File]:
    return {name: File(file.content, 0, 0) for name, file in files.items()}


def fill(base: Path, *, database: bool) -> StateStore:
    """A store of three sessions, two projects and a configuration."""
    folder = base / "sessions"
    folder.mkdir(parents=True)
    for number, (name, data) in enumerate(
        [
            ("a", pretty(plain_session("a"))),
            ("b", compact(plain_session("b"))),
            ("c", pretty(plain_session("c", updated_at="2026-09-01T00:00:00Z"))),
        ]
    ):
        path = folder / f"{name}.json"
        path.write_bytes(data)
        path.chmod((0o600, 0o644, 0o660)[number])
        os.utime(path, ns=(5, 1_700_000_000_123_456_789 + number))
    config = base / "config.toml"
    config.write_text(CONFIG)
    os.utime(config, ns=(5, 1_600_000_000_000_000_001))
    if database:
        make_database(base / "kernel.db")
    else:
        (base / "projects").mkdir()
        (base / f"projects/{API}.json").write_text(f'{{"id": "{API}", "name": "api", "x": 1.50}}')
    with store_lock(base):  # from now on it is no stranger's
        pass
    return StateStore(base)


def holdings(store: StateStore) -> Holdings:
    """What a store holds; a database must be whole."""
    base = store.base_path
    rows: dict[str, dict[str, Any]] = {}
    if (base / "kernel.db").exists():
        with closing(sqlite3.connect(base / "kernel.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = rows_of(base / "kernel.db")
    entries = store.trash.entries()
    assert len({entry.name for entry in entries}) == len(entries)
    others = [base / "config.toml", *(base / "projects").glob("*.json")]
    return Holdings(
        {path.name: _file(path) for path in store.sessions_path.glob("*.json")},
        {f"{entry.name}.json": _file(store.trash.path_of(entry)) for entry in entries},
        {path.name: _file(path) for path in others},
        rows,
    )


def _file(path: Path) -> File:
    status = path.stat()
    return File(path.read_bytes(), status.st_mode, status.st_mtime_ns)


def assert_whole(now: Holdings, before: Holdings, after: Holdings) -> None:
    """Everything is as it was, or as it became: in one place, and to the byte."""
    assert not now.sessions.keys() & now.trash.keys()
    was, became = before.texts(), after.texts()
    is_there = now.texts()
    for name, file in {**is_there.sessions, **is_there.trash}.items():
        known = {**was.sessions, **was.trash}[name], {**became.sessions, **became.trash}.get(name)
        assert file in known, name
    gone = before.sessions.keys() - now.sessions.keys() - now.trash.keys()
    assert not gone
    for name, file in is_there.others.items():
        assert file in (was.others.get(name), became.others.get(name)), name
    assert (was.others.keys() & became.others.keys()) <= is_there.others.keys()
    assert now.rows in (before.rows, after.rows)
    for name in was.others.keys() & is_there.others.keys():
        assert now.others[name].mode == before.others[name].mode


def temp_files(base: Path) -> list[Path]:
    """What any save left, anywhere in a store."""
    return [path for path in base.rglob("*") if path.suffix in (".tmp", ".saved")]


def grow_old(paths: list[Path]) -> None:
    """Makes files look as if nothing had been done to them for hours."""
    then = time.time_ns() - HOURS_AGO_NS
    for path in paths:
        os.utime(path, ns=(then, then))


def noted(store: StateStore) -> list[tuple[str, int, bool]]:
    """What the history shows: each act with how many changes it has, and whether it is undone."""
    acts = Journal(store.base_path).history()
    return [(act.kind, len(act.changes), act.undone) for act in acts]
