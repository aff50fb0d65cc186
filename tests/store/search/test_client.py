import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from oxtui.errors import SearchStoppedError
from oxtui.store.models import SessionId
from oxtui.store.search.client import Search, SearchBatch
from tests.store.search.stores import find_all, plain, written


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = tmp_path / "store"
    base.mkdir()
    for number in range(30):
        written(base, f"s{number}", f"number {number}", "common Wörd 세션")
    return base


@pytest.fixture
async def search(base: Path, tmp_path: Path) -> AsyncIterator[Search]:
    search = Search(base, tmp_path / "cache")
    yield search
    await search.close()


async def until_done(batches: AsyncIterator[SearchBatch], found: set[SessionId]) -> SearchBatch:
    """Takes batches up to one that says done, applying them to `found`."""
    while True:
        batch = await anext(batches)
        found -= set(batch.lost)
        found |= set(batch.found)
        if batch.done:
            return batch


def workers(base: Path) -> list[int]:
    """The worker processes for a store."""
    found: list[int] = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                command = (each / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"oxtui.store.search.worker" in command and os.fsencode(base) in command:
                found.append(int(each.name))
    return found


async def test_it_finds_what_reading_every_file_finds(base: Path, search: Search) -> None:
    for query in (
        "common",
        "WÖRD",
        "세션",
        "number 7",
        "션",
        "nowhere",
        "mon wörd 세",
        "\udcff",
    ):
        assert set(await find_all(search, query)) == plain(base, query)


async def test_changes_are_found_in_a_search_that_goes_on(base: Path, search: Search) -> None:
    found: set[SessionId] = set()
    async with aclosing(search.find("special")) as batches:
        await until_done(batches, found)
        assert found == set()
        search.update([written(base, "new", "a special one"), written(base, "s3", "Special too")])
        while found != {"new", "s3"}:
            await until_done(batches, found)
        (base / "sessions" / "new.json").unlink()
        search.update([SessionId("new"), written(base, "s3", "as before")])
        while found:
            await until_done(batches, found)
        written(base, "unsaid", "special")
        search.survey()
        await until_done(batches, found)
        assert found == {"unsaid"}
        (base / "sessions" / "unsaid.json").unlink()
        search.survey()
        while found:
            await until_done(batches, found)


async def test_what_was_just_written_is_found_by_the_next_search(
    base: Path, search: Search
) -> None:
    for number in range(5):
        search.update([written(base, "s1", f"round {number}")])
        assert await find_all(search, f"round {number}") == ["s1"]
        assert await find_all(search, f"round {number - 1}") == []


async def test_a_change_before_it_was_started_is_found(base: Path, search: Search) -> None:
    search.update([written(base, "s1", "early")])
    search.survey()
    assert await find_all(search, "early") == ["s1"]


async def test_another_search_ends_the_one_before(base: Path, search: Search) -> None:
    first, second = search.find("common"), search.find("number 3")
    await anext(first)
    found: set[SessionId] = set()
    await until_done(second, found)
    assert found == {"s3"}
    async with asyncio.timeout(10):
        assert not [batch async for batch in first if batch.lost]
    await second.aclose()
    third = search.find("")
    assert await anext(third) == SearchBatch((), (), 0, True)


async def test_hostile_text_and_queries_stay_what_they_are(base: Path, search: Search) -> None:
    hostile = "\0\x1b]52;c;AAAA\x07\xff\xfe[/red]\r\n\u202e" + "x" * 100_000
    written(base, "hostile", hostile)
    for query in ("\0\x1b]52", "\xff\xfe[/red]\r\n", "x" * 100_000, "\u202ex"):
        assert await find_all(search, query) == ["hostile"]
    assert await find_all(search, "x" * 100_001) == []


async def test_a_worker_that_is_killed_is_started_again(base: Path, search: Search) -> None:
    found: set[SessionId] = set()
    async with aclosing(search.find("common")) as batches:
        await until_done(batches, found)
        for _ in range(5):
            (worker,) = workers(base)
            os.kill(worker, signal.SIGKILL)
            await until_done(batches, found)
        assert len(found) == 30
        written(base, "new", "common")
        search.update([SessionId("new")])
        while "new" not in found:
            await until_done(batches, found)


async def test_a_worker_that_cannot_live_is_an_error_and_no_more(
    base: Path, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("sys.executable", "/bin/false")
        with pytest.raises(SearchStoppedError, match="again"):
            await find_all(search, "common")
        patched.setattr("sys.executable", "/nowhere/python")
        with pytest.raises(SearchStoppedError, match="No such file"):
            await find_all(search, "common")
    assert len(await find_all(search, "common")) == 30


async def test_closing_ends_the_worker_and_all_that_waits_for_it(
    base: Path, search: Search
) -> None:
    batches = search.find("common")
    await until_done(batches, set())
    await search.close()
    assert [batch async for batch in batches] == []
    assert workers(base) == []
    await search.close()
    with pytest.raises(SearchStoppedError, match="closed"):
        await find_all(search, "common")


def test_the_worker_ends_when_its_parent_is_killed(base: Path, tmp_path: Path) -> None:
    code = (
        "import asyncio, os, sys; from pathlib import Path\n"
        "from oxtui.store.search.client import Search\n"
        "async def main():\n"
        "    search = Search(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "    await anext(search.find('common'))\n"
        "    os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())"
    )
    command = (sys.executable, "-c", code, str(base), str(tmp_path / "cache"))
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL

    while workers(base):
        pass  # the test's own timeout ends it


async def test_two_on_one_store_find_the_same(base: Path, tmp_path: Path, search: Search) -> None:
    other = Search(base, tmp_path / "cache")
    try:
        answers = await asyncio.gather(find_all(search, "common"), find_all(other, "common"))
        assert set(answers[0]) == set(answers[1]) == plain(base, "common")
        changed = written(base, "s2", "for both")
        search.update([changed])
        other.update([changed])
        assert await find_all(search, "for both") == await find_all(other, "for both") == ["s2"]
        await search.close()
        assert len(await find_all(other, "common")) == 29
    finally:
        await other.close()


async def test_while_sessions_are_still_read_their_hits_come_and_it_says_so(
    base: Path, search: Search
) -> None:
    for number in range(400):
        written(base, f"large{number}", *(f"text {n} of many" for n in range(200)))
    batches = [batch async for batch in _up_to_done(search.find("OF MANY"))]
    assert batches[0].unread > 0
    assert not batches[0].done
    assert sum(len(batch.found) for batch in batches) == 400
    assert batches[-1].unread == 0


async def _up_to_done(batches: AsyncIterator[SearchBatch]) -> AsyncIterator[SearchBatch]:
    async for batch in batches:
        yield batch
        if batch.done:
            return


async def test_a_large_store_is_searched_on_two_cores_all_the_same(
    base: Path, search: Search
) -> None:
    for number in range(30):
        written(base, f"large{number}", f"needle{number % 3} " + f"hay {number} " * 100_000)
    want = plain(base, "needle1")
    for _ in range(4):  # the first ones compare checksums
        assert set(await find_all(search, "needle1")) == want
        assert await find_all(search, "nowhere at all") == []
    search.update([written(base, "large1", "gone")])
    assert set(await find_all(search, "needle1")) == want - {"large1"}


async def test_typing_on_is_answered_for_the_last_key(base: Path, search: Search) -> None:
    tasks = [asyncio.create_task(find_all(search, "number 17"[:n])) for n in range(1, 10)]
    answers = await asyncio.gather(*tasks)
    assert answers[-1] == ["s17"]
