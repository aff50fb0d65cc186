"""The answers of the reference, compiled and run, on stores full of edge cases."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from oxtui.errors import UnreadableError
from oxtui.store.codec import decode, encode
from oxtui.store.models import PruneConfig, SessionId, SessionSummary
from oxtui.store.state_store import StateStore
from oxtui.store.summaries.entries import Entry, SessionEntry, UnreadableEntry
from oxtui.store.summaries.scan import scan
from oxtui.store.timestamps import Timestamp
from tests.conftest import PARITY

Expected = dict[str, Any]


def expected(case: str) -> Expected:
    return json.loads((PARITY / case / "expected.json").read_text())


def copy_of(case: str, tmp_path: Path) -> StateStore:
    base = tmp_path / case
    shutil.copytree(PARITY / case / "store", base)
    return StateStore(base)


def entries(case: str) -> dict[str, Entry]:
    return {e.session_id: e for e in scan(PARITY / case / "store" / "sessions", {})}


def assert_listed(summary: SessionSummary, row: Expected) -> None:
    for field in ("id", "user_id", "message_count", "title", "active_seed_id", "project_id"):
        assert getattr(summary, field) == row.get(field), field
    assert summary.created_at == Timestamp.parse(row["created_at"])
    assert summary.updated_at == Timestamp.parse(row["updated_at"])


@pytest.mark.parametrize("case", ["titles", "projects", "order"])
async def test_lists_what_the_reference_lists(case: str) -> None:
    answer = expected(case)
    either = answer.get("accepts_or_rejects_by_library_version", [])
    listed = await StateStore(PARITY / case / "store").list_sessions()
    listed = [summary for summary in listed if summary.id not in either]
    assert [s.id for s in listed] == [row["id"] for row in answer["list_sessions"]]
    for summary, row in zip(listed, answer["list_sessions"], strict=True):
        assert_listed(summary, row)


STRICT = expected("strict")


@pytest.mark.parametrize("name", sorted(entries("strict")))
def test_reads_what_the_reference_reads_and_nothing_else(name: str) -> None:
    if name in STRICT["accepts_or_rejects_by_library_version"]:
        pytest.skip("versions of the reference's date library differ")
    accepted = {row["id"]: row for row in STRICT["list_sessions"]}
    entry = entries("strict")[name]
    data = (PARITY / "strict/store/sessions" / f"{name}.json").read_bytes()
    if name in accepted:
        assert isinstance(entry, SessionEntry)
        assert_listed(entry.summary, accepted[name])
        assert decode(data).id == name
    else:
        assert isinstance(entry, UnreadableEntry)
        assert entry.reason
        with pytest.raises(UnreadableError):
            decode(data)


@pytest.mark.parametrize("name", STRICT["accepts_or_rejects_by_library_version"])
def test_lists_and_loads_agree_where_the_reference_does_not_with_itself(name: str) -> None:
    data = (PARITY / "strict/store/sessions" / f"{name}.json").read_bytes()
    if isinstance(entries("strict")[name], SessionEntry):
        assert decode(data).id == name
    else:
        with pytest.raises(UnreadableError):
            decode(data)


async def test_counts_as_sessions_what_the_reference_counts(tmp_path: Path) -> None:
    store = copy_of("names", tmp_path)
    (store.sessions_path / "folder.json").mkdir(exist_ok=True)  # git keeps no empty folder
    rows = expected("names")["list_sessions"]
    del rows[1]  # the reference lists `a` twice, since a.md stands beside a.json
    assert [row["id"] for row in rows].count("a") == 1
    listed = await store.list_sessions()
    assert [s.id for s in listed] == [row["id"] for row in rows]
    for summary, row in zip(listed, rows, strict=True):
        assert_listed(summary, row)


PRUNE = expected("prune")["prune_sessions"]
# `lie.json` says that it is the session `not-lie`. The reference then deletes `not-lie.json`, which
# is not there, and counts it. Here a session is its file, so `lie.json` goes and counts.
LIE = "lie.json"


@pytest.mark.parametrize("row", PRUNE, ids=lambda row: f"{row['max_sessions']}-{row['ttl_hours']}")
async def test_prunes_what_the_reference_prunes(row: Expected, tmp_path: Path) -> None:
    store = copy_of("prune", tmp_path)
    config = PruneConfig(max_sessions=row["max_sessions"], ttl_hours=row["ttl_hours"])
    assert await store.prune_sessions(config) == row["returned"]
    left = sorted(path.name for path in store.sessions_path.iterdir())
    goes = await _lie_is_beyond(config)
    assert left == [name for name in row["files_left"] if not (goes and name == LIE)]


async def _lie_is_beyond(config: PruneConfig) -> bool:
    """Whether the session in lie.json, the 11th of 21 and from 2001, is beyond the limits."""
    return bool(config.ttl_hours) or 0 < config.max_sessions < 11


async def test_moves_as_the_reference_moves(tmp_path: Path) -> None:
    store = copy_of("move", tmp_path)
    for row in expected("move")["move_session_to_project"]:
        moved = await store.move_session_to_project(SessionId(row["id"]), row["project_id"])
        assert moved == row["returned"]
        listed = {s.id: s.project_id for s in await store.list_sessions()}
        unfiled = row["project_id"] is None  # the reference leaves the legacy keys in charge
        assert listed.get(row["id"]) == (None if unfiled else row["listed_project_id"])


@pytest.mark.parametrize("name", ["awkward", "minimal"])
async def test_a_load_and_save_unchanged_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    store = copy_of("roundtrip", tmp_path)
    path = store.session_path(SessionId(name))
    before = path.read_bytes()
    session = await store.load_session(SessionId(name))
    assert session is not None
    assert encode(session) == before
    await store.save_session(session)
    assert path.read_bytes() == before
