"""Killed at any step, oxtui leaves every file whole, and the next start finishes what was begun.

`OXTUI_TEST_KILLS` says how many kills at random times there are, and 500 or more kill at every
step of every act; by default there are fewer of both, to be quick.
"""

import json
import os
import random
import shutil
import sys
import tomllib
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

import pytest

from oxtui.errors import NotFoundError
from oxtui.store.acts import Acts
from oxtui.store.locking import store_lock
from oxtui.store.recovery import recover
from oxtui.store.state_store import StateStore
from tests.store.crashing import THEIRS, A, Nursery, with_turn
from tests.store.wholeness import (
    Holdings,
    assert_whole,
    fill,
    grow_old,
    holdings,
    noted,
    temp_files,
)

KILLS = int(os.environ.get("OXTUI_TEST_KILLS", "8"))
STRIDE = 1 if KILLS >= 500 else 12


class Case(NamedTuple):
    """An act to be killed in, and what comes before it."""

    act: str
    first: tuple[str, ...] = ()
    database: bool = False
    exchange: bool = True

    def __str__(self) -> str:
        return " after ".join((self.act, *reversed(self.first))) + self._where

    @property
    def _where(self) -> str:
        return " (db)" * self.database + " (POSIX)" * (not self.exchange)


CASES = [
    Case("move"),
    Case("move two"),
    Case("rename"),
    Case("move", ("rename",)),
    Case("rename", ("move two",)),
    Case("delete", ("move",)),
    Case("pin"),
    Case("delete"),
    Case("prune"),
    Case("restore", ("delete two",)),
    Case("empty trash", ("delete two",)),
    Case("edit config"),
    Case("add project"),
    Case("rename project"),
    Case("add project", database=True),
    Case("rename project", database=True),
    Case("undo", ("move two",)),
    Case("undo", ("delete two",)),
    Case("undo", ("delete two", "restore")),
    Case("undo", ("edit config",)),
    Case("undo", ("add project",)),
    Case("undo", ("rename project",), database=True),
    Case("redo", ("move two", "undo")),
    Case("redo", ("delete two", "undo")),
    Case("redo", ("edit config", "undo")),
    Case("redo", ("rename project", "undo"), database=True),
]
POSIX_CASES = [
    Case("move", exchange=False),
    Case("restore", ("delete two",), exchange=False),
    Case("edit config", exchange=False),
    Case("add project", exchange=False),
    Case("undo", ("delete two",), exchange=False),
    Case("redo", ("move two", "undo"), exchange=False),
]
"""Where the system can neither swap two files nor rename without replacing."""


@pytest.fixture(scope="module")
def nursery() -> Generator[Nursery]:
    with Nursery() as made:
        yield made


class Stage:
    """A store that is put back to one moment, again and again, under one path."""

    def __init__(self, folder: Path, nursery: Nursery, case: Case) -> None:
        self.base = folder / "store"
        self._kept = folder / "kept"
        self.store = fill(self.base, database=case.database)
        for act in case.first:
            ended = nursery.run(self.base, act)
            assert not ended.errors
            assert not ended.crash
        self.base.rename(self._kept)

    def set(self) -> StateStore:
        shutil.rmtree(self.base, ignore_errors=True)
        shutil.copytree(self._kept, self.base)
        with store_lock(self.base):  # that it is at another place now is noted once
            pass
        return self.store


@pytest.fixture(scope="module")
def posix_nursery() -> Generator[Nursery]:
    with Nursery(exchange=False) as made:
        yield made


@pytest.mark.parametrize("case", [*CASES, *POSIX_CASES], ids=str)
async def test_killed_at_any_step(
    tmp_path: Path, nursery: Nursery, posix_nursery: Nursery, case: Case
) -> None:
    nursery = nursery if case.exchange else posix_nursery
    stage = Stage(tmp_path, nursery, case)
    store = stage.set()
    before = holdings(store)
    whole = nursery.run(stage.base, case.act)
    assert not whole.errors
    assert not whole.crash
    after, steps = holdings(store), len(whole.steps)
    assert steps > 5
    killed = done = 0
    for at in range(1 + random.randrange(STRIDE), steps + 1, STRIDE):
        stage.set()
        ended = nursery.run(stage.base, case.act, at)
        assert ended.killed, (at, ended)
        sys.stdout.write(f"{at}: {whole.steps[at - 1]}\n")  # for who looks into a failure
        if case.exchange:
            assert_whole(holdings(store), before, after)
        assert_recovers(store)
        assert_whole(holdings(store), before, after)
        killed += 1
        done += await AFTER.get(case.act, check_act)(store, before, after, case)
    count(f"{case}: {killed} kills at {steps} steps, {done} done, {killed - done} not")


def test_a_move_has_its_name_once_content_and_note_are_on_the_disk(
    tmp_path: Path, nursery: Nursery
) -> None:
    stage = Stage(tmp_path, nursery, Case("move"))
    stage.set()
    calls = [step.split()[0] for step in nursery.run(stage.base, "move").steps]
    swapped = calls.index("renameat2")
    assert sorted(c for c in calls[:swapped] if c.startswith("os.f")) == [
        "os.fdatasync",
        "os.fsync",
    ]
    assert [c for c in calls[swapped:] if c.startswith("os.f")] == ["os.fsync"]


def assert_recovers(store: StateStore) -> tuple[str, ...]:
    """The next start has nothing left to see to; returns what it told."""
    told = recover(store.base_path)
    assert recover(store.base_path) == ()
    left = [path for path in temp_files(store.base_path) if path.suffix == ".tmp"]
    grow_old(left)
    assert recover(store.base_path, thorough=True) == ()
    assert not any(path.suffix == ".tmp" for path in temp_files(store.base_path))
    for folder in store.trash.folder.glob("*"):
        assert any(path.is_file() for path in folder.rglob("*")), "an entry that holds nothing"
    return told


async def check_act(store: StateStore, before: Holdings, after: Holdings, case: Case) -> bool:
    """What is in the history was done and can be taken back; what is not was not."""
    now = holdings(store)
    done = now.texts() != before.texts()
    assert len([act for act in noted(store) if not act[2]]) == len(case.first) + done
    if done:
        assert not (await Acts(store).undo()).failures
        taken_back = holdings(store)
        assert taken_back.sessions == before.sessions
        assert taken_back.texts() == before.texts()
        assert not (await Acts(store).redo()).failures
        assert holdings(store).texts() == now.texts()
    return done


async def check_turn(store: StateStore, before: Holdings, after: Holdings, case: Case) -> bool:
    """An undo or redo that was begun is finished, and can be turned as if nothing had been."""
    acts = Acts(store)
    back, again = (acts.redo, acts.undo) if case.act == "undo" else (acts.undo, acts.redo)
    done = holdings(store).texts() != before.texts()
    if done:
        assert holdings(store).texts() == after.texts()
        assert not (await back()).failures
        assert holdings(store).texts() == before.texts()
    assert not (await again()).failures
    assert holdings(store).texts() == after.texts()
    return done


async def check_emptying(store: StateStore, before: Holdings, _: Holdings, case: Case) -> bool:
    """What was destroyed is gone for good, and the history of it stays."""
    assert len(noted(store)) == len(case.first)
    return holdings(store).trash != before.trash


AFTER = {"undo": check_turn, "redo": check_turn, "empty trash": check_emptying}


# While another program writes


@pytest.mark.parametrize("act", ["move among others", "move among many"])
async def test_killed_at_any_step_while_another_program_writes(
    tmp_path: Path, nursery: Nursery, act: str
) -> None:
    stage = Stage(tmp_path, nursery, Case(act))
    store = stage.set()
    path, content = store.session_path(A), store.session_path(A).read_bytes()
    whole = nursery.run(stage.base, act)
    assert not whole.errors
    assert not whole.crash
    most = path.read_bytes().count(THEIRS)
    assert most == (2 if act == "move among many" else 1)
    killed = put_back = kept = 0
    swap = whole.steps.index("renameat2 a.json") + 1
    for at in range(1 if STRIDE == 1 else swap, len(whole.steps) + 1):
        stage.set()
        assert nursery.run(stage.base, act, at).killed
        sys.stdout.write(f"{at}: {whole.steps[at - 1]}\n")
        told = assert_recovers(store)
        found = path.read_bytes()
        saved = [each.read_bytes() for each in temp_files(stage.base)]
        if at <= swap:
            assert found in (content, with_turn(content))
        else:
            assert found.count(THEIRS) == most, "a turn was lost"
        assert all(any(each.name in what for what in told) for each in temp_files(stage.base))
        killed += 1
        put_back += any("in place again" in each for each in told)
        kept += len(saved)
        moved = json.loads(found)["project_id"] == "p2"
        assert moved <= bool(noted(store))
        if moved:
            assert not (await Acts(store).undo()).failures
            assert json.loads(path.read_bytes())["project_id"] == "p1"
    count(f"{act}: {killed} kills, {put_back} turns put back, {kept} kept beside")
    assert put_back or kept


# At random times


@pytest.mark.timeout(1_200 if STRIDE == 1 else 120)
async def test_killed_at_random_times_again_and_again(tmp_path: Path, nursery: Nursery) -> None:
    store = fill(tmp_path / "store", database=True)
    first = holdings(store)
    finished = 0
    for number in range(KILLS):
        assert nursery.stream(store.base_path, random.uniform(0.001, 0.12)).killed
        finished += len(recover(store.base_path))
        now = holdings(store)
        assert sorted([*now.sessions, *now.trash]) == sorted(first.sessions), number
        for name, file in (now.sessions | now.trash).items():
            assert_is_moved_at_most(file.content, first.sessions[name].content)
        assert tomllib.loads(now.others["config.toml"].content.decode())["kernel"] == {
            "key": "secret"
        }
        assert [path for path in temp_files(store.base_path) if path.suffix == ".saved"] == []
    acts, taken_back = Acts(store), 0
    while True:
        try:
            report = await acts.undo()
        except NotFoundError:
            break
        assert not report.failures
        taken_back += 1
    assert holdings(store) == first
    grow_old(temp_files(store.base_path))
    recover(store.base_path, thorough=True)
    assert temp_files(store.base_path) == []
    count(f"{KILLS} kills at random times, {finished} undos finished, {taken_back} acts undone")


def assert_is_moved_at_most(content: bytes, before: bytes) -> None:
    """A session is whole, and nothing but what a move sets is different."""
    now, was = json.loads(content), json.loads(before)
    for plain in (now, was):
        plain.pop("project_id", None)
        plain.pop("updated_at")
    assert now == was


def count(what: str) -> None:
    """Tells what was counted, for `pytest -s`."""
    sys.stdout.write(f"{what}\n")
