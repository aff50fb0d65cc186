"""A prune takes exactly what was shown, in the state in which it was shown."""

import json
import os
import random
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from oxtui.store.act_report import ActReport
from oxtui.store.acts import Acts
from oxtui.store.models import PIN_KEY, PruneConfig, SessionId
from oxtui.store.prune import PrunePlan, plan_prune
from oxtui.store.state_store import StateStore
from oxtui.store.summaries.entries import FileIdentity, SessionEntry
from oxtui.store.summaries.scan import scan
from oxtui.store.timestamps import Timestamp
from tests.store.files import settle
from tests.store.samples import plain_session, pretty

TAKE_ALL = PruneConfig(0, 1)
SHOWN = SessionId("shown")


def write(store: StateStore, name: str, **fields: object) -> Path:
    store.sessions_path.mkdir(exist_ok=True)
    path = store.session_path(SessionId(name))
    path.write_bytes(pretty(plain_session(name, **fields)))
    os.utime(path, ns=(5, 1_700_000_000_123_456_789))
    return path


def planned(store: StateStore, config: PruneConfig = TAKE_ALL) -> PrunePlan:
    found = [e for e in scan(store.sessions_path, {}) if isinstance(e, SessionEntry)]
    return plan_prune(found, config, Timestamp.now().ns)


def inside(path: Path) -> bytes | str:
    """What a thing in a folder is, without opening what must not be opened."""
    if path.is_symlink():
        return str(path.readlink())
    return path.read_bytes() if path.is_file() else oct(path.lstat().st_mode)


def everything(folder: Path) -> dict[str, bytes | str]:
    return {path.name: inside(path) for path in folder.iterdir()}


def replaced(path: Path, content: bytes) -> None:
    """As Oxios saves."""
    temp = path.with_name(f"{path.name}.1.2.tmp")
    temp.write_bytes(content)
    temp.replace(path)


def same_size_and_time(path: Path) -> None:
    before = path.stat()
    replaced(path, path.read_bytes().replace(b"default", b"another"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size


def written_in_place_with_its_time(path: Path) -> None:
    before = path.stat()
    with path.open("r+b") as file:
        content = file.read()
        file.seek(content.index(b"default"))
        file.write(b"another")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert FileIdentity.of(path.stat()) == FileIdentity.of(before)


def appended_in_place(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\n")


def pinned(path: Path) -> None:
    session = json.loads(path.read_bytes())
    session["metadata"][PIN_KEY] = True
    replaced(path, pretty(session))


def in_use_again(path: Path) -> None:
    session = json.loads(path.read_bytes())
    session["updated_at"] = Timestamp.now().text
    replaced(path, pretty(session))


def broken(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def a_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_link_to_another(path: Path) -> None:
    other = path.with_name("other.tmp")
    path.rename(other)
    path.symlink_to(other)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_socket(path: Path) -> None:
    path.unlink()
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(os.path.relpath(path))


def of_another_time(path: Path) -> None:
    os.utime(path, ns=(5, 1_700_000_000_123_456_790))


HAPPENINGS: list[Callable[[Path], None]] = [
    same_size_and_time,
    written_in_place_with_its_time,
    appended_in_place,
    pinned,
    in_use_again,
    broken,
    a_fifo,
    a_link_to_another,
    a_folder,
    a_socket,
    of_another_time,
]


async def pruned(store: StateStore, plan: PrunePlan) -> ActReport:
    return await Acts(store).prune(plan.going)


@pytest.mark.parametrize("happens", HAPPENINGS, ids=lambda each: each.__name__)
async def test_what_changed_since_it_was_shown_is_left_alone_and_reported(
    store: StateStore, happens: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(store, SHOWN)
    write(store, "other")
    settle(store.sessions_path)
    plan = planned(store)
    monkeypatch.chdir(store.sessions_path)
    happens(path)
    was = inside(path)
    report = await pruned(store, plan)
    assert report.done == ("other",)
    (failure,) = report.failures
    assert failure.name == SHOWN
    assert "written since it was looked at" in failure.reason
    assert inside(path) == was


async def test_what_is_gone_since_is_reported(store: StateStore) -> None:
    path = write(store, SHOWN)
    plan = planned(store)
    path.unlink()
    report = await pruned(store, plan)
    assert report.done == ()
    assert "not there" in report.failures[0].reason
    assert store.trash.entries() == []


async def test_what_came_since_is_not_taken(store: StateStore) -> None:
    write(store, SHOWN)
    plan = planned(store)
    later = write(store, "later")
    assert (await pruned(store, plan)).done == (SHOWN,)
    assert later.exists()


async def test_a_child_stays_unless_it_was_shown_itself(store: StateStore) -> None:
    write(store, SHOWN)
    child = write(store, "child", parent_session_id=SHOWN, updated_at=Timestamp.now().text)
    pinned_child = write(store, "kept", parent_session_id=SHOWN, metadata={PIN_KEY: True})
    write(store, "old", parent_session_id=SHOWN)
    plan = planned(store)
    assert {row.session_id for row in plan.going} == {SHOWN, "old"}
    report = await pruned(store, plan)
    assert set(report.done) == {SHOWN, "old"}
    assert everything(store.sessions_path).keys() == {child.name, pinned_child.name}


async def test_deleting_a_parent_leaves_its_children(store: StateStore) -> None:
    write(store, SHOWN)
    child = write(store, "child", parent_session_id=SHOWN)
    assert (await Acts(store).delete([SHOWN])).done == (SHOWN,)
    assert everything(store.sessions_path).keys() == {child.name}


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_happens_to_many_only_those_shown_and_unchanged_go(
    store: StateStore, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    for number in range(60):
        write(
            store,
            f"s{number}",
            updated_at=f"2026-01-{1 + number % 28:02}T00:00:00Z",
            metadata={PIN_KEY: True} if chance.random() < 0.1 else {},
            parent_session_id=f"s{chance.randrange(60)}" if chance.random() < 0.3 else None,
        )
    plan = planned(store, PruneConfig(chance.randrange(1, 60), chance.choice([0, 1])))
    monkeypatch.chdir(store.sessions_path)
    for path in list(store.sessions_path.iterdir()):
        if chance.random() < 0.4:
            chance.choice([*HAPPENINGS, Path.unlink])(path)
    before = everything(store.sessions_path)
    shown = {row.session_id: row.entry.identity for row in plan.going}
    report = await pruned(store, plan)
    trash = {entry.name: store.trash.path_of(entry) for entry in store.trash.entries()}
    assert set(report.done) == trash.keys()
    assert set(report.done) | {failure.name for failure in report.failures} == shown.keys()
    for name, path in trash.items():
        assert FileIdentity.of(path.lstat()) == shown[SessionId(name)]
    after = everything(store.sessions_path)
    assert after | {f"{name}.json": path.read_bytes() for name, path in trash.items()} == before
