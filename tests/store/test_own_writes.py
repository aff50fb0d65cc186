"""Whose a state of a session is: what others wrote is never taken for one's own."""

import os
import time

import pytest

from oxtui.store.acts import Acts
from oxtui.store.library import Library
from oxtui.store.own_writes import OwnWrites
from oxtui.store.state_store import StateStore
from oxtui.store.timestamps import Timestamp
from oxtui.store.values import SessionId
from tests.store.samples import plain_session, pretty

A = SessionId("a")
_MINUTE = 60 * 10**9


def write(store: StateStore, minutes_ago: float) -> None:
    """Writes the session as Oxios does at the end of a turn that long ago."""
    at = time.time_ns() - int(minutes_ago * _MINUTE)
    path = store.session_path(A)
    path.write_bytes(pretty(plain_session("a", updated_at=Timestamp.from_ns(at).text)))
    os.utime(path, ns=(at, at))


class Run:
    """A run of the program on a store."""

    def __init__(self, store: StateStore) -> None:
        self.library = Library(store)
        self.own = OwnWrites(self.library.entries)
        self.acts = Acts(store, own=self.own)

    def is_live(self) -> bool:
        return self.own.is_live(self.library.entries[A], time.time_ns(), 5 * _MINUTE)

    def is_news(self) -> bool:
        return self.own.is_news(self.library.entries[A])


@pytest.fixture
async def run(store: StateStore) -> Run:
    store.sessions_path.mkdir()
    write(store, 60)
    run = Run(store)
    await run.library.refresh([A])
    return run


async def test_what_is_done_here_is_neither_use_nor_news(run: Run) -> None:
    assert (run.is_live(), run.is_news()) == (False, True)
    for doing in (
        run.acts.move([A], "p2", "web"),
        run.acts.rename(A, "title"),
        run.acts.pin([A], pinned=True),
        run.acts.undo(),
        run.acts.undo(),
        run.acts.redo(),
    ):
        assert (await doing).changed
        await run.library.refresh([A])
        assert (run.is_live(), run.is_news()) == (False, False)


async def test_acts_that_follow_each_other_before_the_file_is_read_again_are_one_s_own(
    run: Run,
) -> None:
    await run.acts.move([A], "p2", "web")
    await run.acts.rename(A, "title")
    await run.library.refresh([A])
    assert (run.is_live(), run.is_news()) == (False, False)


async def test_what_comes_back_from_the_trash_is_what_it_was(run: Run, store: StateStore) -> None:
    await run.acts.delete([A])
    await run.acts.undo()
    await run.library.refresh([A])
    assert (run.is_live(), run.is_news()) == (False, False)
    await run.acts.move([A], "p2", "web")
    await run.acts.delete([A])
    await run.library.refresh([A])
    await run.acts.restore(store.trash.entries())
    await run.library.refresh([A])
    assert (run.is_live(), run.is_news()) == (False, False)


async def test_what_is_taken_back_of_an_earlier_run_is_what_it_was_before(
    run: Run, store: StateStore
) -> None:
    await run.acts.move([A], "p2", "web")
    later = Run(store)
    await later.library.refresh([A])
    assert later.is_live()  # another run can't know whose it is
    await later.acts.undo()
    await later.library.refresh([A])
    assert (later.is_live(), later.is_news()) == (False, False)


async def test_a_session_that_oxios_was_in_just_now_stays_in_use(
    run: Run, store: StateStore
) -> None:
    write(store, 3)
    await run.library.refresh([A])
    for doing in (
        run.acts.move([A], "p2", "web"),
        run.acts.undo(),
        run.acts.redo(),
        run.acts.delete([A]),
        run.acts.undo(),
    ):
        await doing
        await run.library.refresh([A])
        if A in run.library.entries:
            assert (run.is_live(), run.is_news()) == (True, False)
            used_ns = run.own.used_ns(run.library.entries[A])
            assert 3 * _MINUTE <= time.time_ns() - used_ns < 4 * _MINUTE


async def test_a_turn_after_an_act_is_use_and_news(run: Run, store: StateStore) -> None:
    await run.acts.move([A], "p2", "web")
    await run.library.refresh([A])
    write(store, 0)
    await run.library.refresh([A])
    assert (run.is_live(), run.is_news()) == (True, True)


@pytest.mark.parametrize("acts", [1, 2])
async def test_a_turn_that_an_act_was_put_on_before_it_was_seen_is_use_and_news(
    run: Run, store: StateStore, acts: int
) -> None:
    write(store, 1)
    for number in range(acts):
        await run.acts.rename(A, f"title {number}")
    await run.library.refresh([A])
    assert (run.is_live(), run.is_news()) == (True, True)
