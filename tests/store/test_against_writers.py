"""Acts on sessions that others write at the same moment: no turn is lost, and every act is told.

`OXTUI_TEST_ACTS` says how many acts; there are fewer of them by default, to be quick.
"""

import asyncio
import errno
import json
import os
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from oxtui.errors import ChangedError
from oxtui.store import compare_and_swap, leases
from oxtui.store.act_report import ActReport
from oxtui.store.acts import Acts
from oxtui.store.models import SessionId
from oxtui.store.state_store import StateStore
from tests.store.others import oxios, reader
from tests.store.samples import plain_session, pretty

ACTS = int(os.environ.get("OXTUI_TEST_ACTS", "120"))
SESSIONS = [SessionId(f"s{number}") for number in range(20)]


@pytest.fixture
def filled(store: StateStore) -> StateStore:
    """Twenty sessions, whose titles and projects are the number of the act before the first."""
    store.sessions_path.mkdir()
    for name in SESSIONS:
        plain = plain_session(
            name, user_messages=[], project_id=said(-1), metadata={"title": said(-1)}
        )
        store.session_path(name).write_bytes(pretty(plain))
    return store


def said(number: int) -> str:
    return f"act {number}"


def numbered(text: str) -> int:
    return int(text.removeprefix("act "))


class Told(NamedTuple):
    """What was told of an act."""

    number: int
    session: SessionId
    kind: str
    done: bool


async def act(acts: Acts, number: int, session: SessionId, kind: str) -> Told:
    """Moves, renames or pins a session, so that it can be seen which act it was."""
    match kind:
        case "move":
            report = await acts.move([session], said(number), "p")
        case "rename":
            report = await acts.rename(session, said(number))
        case _:
            report = await acts.pin([session], pinned=number // 60 % 2 == 0)
    return Told(number, session, kind, is_done(report))


def is_done(report: ActReport) -> bool:
    """Whether an act on one session was done; it is that, or a reason is told why not."""
    assert len(report.done) + len(report.failures) == 1
    return bool(report.done)


async def act_on_all(store: StateStore, many: int, first: int = 0) -> list[Told]:
    acts = Acts(store)
    kinds = ("move", "rename", "pin")
    return [
        await act(acts, number, SESSIONS[number % len(SESSIONS)], kinds[number % 3])
        for number in range(first, first + many)
    ]


def numbers_of(told: Sequence[Told], session: SessionId, kind: str) -> set[int]:
    """The acts of a kind that were done to a session, and what was before them."""
    return {-1, *(t.number for t in told if t.done and (t.session, t.kind) == (session, kind))}


def content(store: StateStore, session: SessionId) -> dict[str, Any]:
    return json.loads(store.session_path(session).read_bytes())


def found_in(messages: Sequence[dict[str, Any]], kind: str) -> list[int]:
    """The acts of a kind that the other writer found in a session, turn by turn."""
    return [numbered(message["found"][0 if kind == "rename" else 1]) for message in messages]


def count(what: str, told: Sequence[Told], turns: int, rounds: int) -> None:
    """Tells what was counted, for `pytest -s`."""
    done = sum(each.done for each in told)
    sys.stdout.write(
        f"{what}: {len(told)} acts, {done} done, {len(told) - done} told as not done;"
        f" {turns * len(SESSIONS)} turns; {rounds * len(SESSIONS)} reads, all whole\n"
    )


def names_in(store: StateStore) -> list[str]:
    return sorted(path.name for path in store.sessions_path.iterdir())


def slow_down(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Leaves others the time to write right before each swap; returns the swaps that there were."""
    real, swaps = compare_and_swap.exchange, [0]

    def exchange(one: Path, other: Path) -> bool:
        swaps[0] += 1
        time.sleep(0.002)
        return real(one, other)

    monkeypatch.setattr(compare_and_swap, "exchange", exchange)
    return swaps


@pytest.mark.parametrize("slow", [False, True])
async def test_no_turn_of_a_busy_oxios_is_lost(
    filled: StateStore, monkeypatch: pytest.MonkeyPatch, slow: bool
) -> None:
    swaps = slow_down(monkeypatch) if slow else None
    paths = [filled.session_path(session) for session in SESSIONS]
    with oxios(*paths) as other, reader(*paths) as third:
        told = await act_on_all(filled, ACTS // 2 if slow else ACTS)
        other.stop()
        third.stop()
    for session in SESSIONS:
        messages = content(filled, session)["user_messages"]
        assert [m["content"] for m in messages] == [str(n) for n in range(other.turns)]
        for kind in ("move", "rename"):
            # Oxios may take back what was done after it loaded, but never to what was before that.
            found = found_in(messages, kind)
            assert all(earlier <= later for earlier, later in pairwise(found))
            assert set(found) <= numbers_of(told, session, kind)
    assert names_in(filled) == sorted(path.name for path in paths)
    how = f"slowed down, {swaps[0]} swaps, " if swaps else ""
    count(f"{how}no turn lost", told, other.turns, third.turns)


def unsupported(*_: object) -> bool:
    return False


def no_leases(*_: object) -> None:
    raise OSError(errno.EINVAL, "Invalid argument")


@pytest.mark.parametrize("absent", ["swap of files", "leases"])
async def test_where_others_cannot_be_kept_out_nothing_is_lost_and_every_act_is_told(
    filled: StateStore, monkeypatch: pytest.MonkeyPatch, absent: str
) -> None:
    """A file that others are writing is left alone there, and written once they leave it alone."""
    monkeypatch.setattr(compare_and_swap, "QUIET_S", 1.0)
    if absent == "leases":
        monkeypatch.setattr(leases, "_lease", no_leases)
    else:
        monkeypatch.setattr(compare_and_swap, "exchange", unsupported)
    paths = [filled.session_path(session) for session in SESSIONS]
    with oxios(*paths) as other, reader(*paths) as third:
        told = await act_on_all(filled, ACTS // 6)
        other.stop()
        third.stop()
    assert not any(each.done for each in told)
    told += await act_on_all(filled, 3)
    assert all(each.done for each in told[-3:])
    for session in SESSIONS:
        messages = content(filled, session)["user_messages"]
        assert [m["content"] for m in messages] == [str(n) for n in range(other.turns)]
    assert names_in(filled) == sorted(path.name for path in paths)
    count(f"without {absent}, no turn lost", told, other.turns, third.turns)


def test_without_a_swap_a_turn_that_is_saved_before_the_look_is_kept(
    filled: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled.session_path(SESSIONS[0])
    expected = path.read_bytes()
    theirs = expected.replace(b'"user_messages": []', b'"user_messages": [ ]')

    def saved_by_another(*_: object) -> bool:
        path.write_bytes(theirs)
        return False

    monkeypatch.setattr(compare_and_swap, "exchange", saved_by_another)
    monkeypatch.setattr(compare_and_swap, "QUIET_S", 0.0)
    with pytest.raises(ChangedError):
        compare_and_swap.swap(path, expected, b"{}")
    assert path.read_bytes() == theirs


# Another oxtui in a process of its own; says what came of each act.
_OXTUI = """
import asyncio, json, sys
from pathlib import Path
from oxtui.store import compare_and_swap
from oxtui.store.state_store import StateStore
from tests.store.test_against_writers import act_on_all
compare_and_swap.QUIET_S = 0.01
base, first, count, exchange = Path(sys.argv[1]), *map(int, sys.argv[2:])
if not exchange:
    compare_and_swap.exchange = lambda *_: False
print(json.dumps(asyncio.run(act_on_all(StateStore(base), count, first))))
"""


async def another_oxtui(store: StateStore, first: int, count: int, *, exchange: bool) -> list[Told]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _OXTUI),
        *map(str, (store.base_path, first, count, int(exchange))),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return [Told(*each) for each in json.loads(out)]


@pytest.mark.parametrize("exchange", [True, False])
async def test_two_oxtui_keep_each_others_acts_and_all_can_be_taken_back(
    filled: StateStore, exchange: bool
) -> None:
    """They hold a lock for each act, so it makes no difference whether files can be swapped."""
    paths = [filled.session_path(session) for session in SESSIONS]
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in paths]
    half = ACTS // 4
    with reader(*paths) as third:
        one, other = await asyncio.gather(
            another_oxtui(filled, 0, half, exchange=exchange),
            another_oxtui(filled, half, half, exchange=exchange),
        )
        third.stop()
    told = one + other
    assert all(each.done for each in told)
    acts = Acts(filled)
    noted = await acts.history()
    for kind in ("move", "rename"):
        assert [n.kind for n in noted].count(kind) == [t.kind for t in told].count(kind)
    for session in SESSIONS:
        plain = content(filled, session)
        assert numbered(plain["metadata"]["title"]) in numbers_of(told, session, "rename")
        assert numbered(plain["project_id"]) in numbers_of(told, session, "move")
    count("two oxtui", told, 0, third.turns)
    for _ in noted:
        assert not (await acts.undo()).failures
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in paths] == before
    assert names_in(filled) == sorted(path.name for path in paths)
