"""Destroyed is destroyed: no byte of it stays in what oxtui keeps in the user's folders."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oxtui.locations import cache_folder
from oxtui.store.forgetting import forget_sessions
from oxtui.store.search.chunks import finder
from oxtui.store.search.client import Search, search_store
from oxtui.store.search.index import SearchIndex
from oxtui.store.summaries.index import SummaryIndex, read_all
from oxtui.store.values import SessionId
from tests.cli.conftest import Run, run
from tests.conditions import until
from tests.store.files import settle
from tests.store.search.stores import find_all, plain, written
from tests.terminal.terminal import OXTUI, Terminal
from tests.ui.conftest import app_on, main_screen
from tests.ui.conftest import until as until_shown

__all__ = ["run"]

SECRET = SessionId("secret")
TITLE = "Die Große Übergabe 세션"
TEXT = "Das Passwort heißt ÖLTEPPICH 비밀"
NEIGHBOUR = "number 7 of many"
TRACES = [each.encode() for text in (TITLE, TEXT) for each in (text, text.casefold())]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A store with one session that is to be destroyed, and of which all is known."""
    base = tmp_path / "store"
    base.mkdir()
    for said, title in (["Older", "An older title"], [TEXT, TITLE]):
        for number in range(40):
            written(base, f"s{number}", f"number {number} of many")
        written(base, SECRET, said, metadata={"title": title})
        look(base)
    assert {TITLE.encode(), TITLE.casefold().encode(), TEXT.casefold().encode()} <= traces(base)
    return base


def look(base: Path) -> None:
    """Lists and searches as the commands do."""
    settle(base / "sessions")
    read_all(base)
    assert list(search_store(base, "of many", cache_folder(base)))


def kept(base: Path) -> bytes:
    """Every byte of every file beside the store: in the home folder, and in the temp folder."""
    files = [each for each in base.parent.rglob("*") if each.is_file() and base not in each.parents]
    return b"\0".join(each.read_bytes() for each in files)


def traces(base: Path) -> set[bytes]:
    content = kept(base)
    assert NEIGHBOUR.encode() in content  # what is there is not thrown away with the rest
    return {trace for trace in (*TRACES, b"older", b"Older") if trace in content}


def remove(base: Path) -> None:
    (base / "sessions" / f"{SECRET}.json").unlink()


def test_what_the_trash_destroyed_is_forgotten(base: Path) -> None:
    remove(base)
    forget_sessions(base, [SECRET])
    assert not traces(base)
    assert SECRET not in SummaryIndex(cache_folder(base)).load().entries


def test_what_is_there_anew_is_read_again(base: Path) -> None:
    written(base, SECRET, "harmless")
    forget_sessions(base, [SECRET])
    assert not traces(base)
    assert list(search_store(base, "harmless", cache_folder(base))) == [SECRET]
    assert SECRET in {entry.session_id for entry in read_all(base)}


def test_forgetting_where_nothing_is_kept_makes_nothing(tmp_path: Path, own_home: Path) -> None:
    forget_sessions(tmp_path, [SECRET])
    assert not list(own_home.iterdir())


@pytest.mark.parametrize("command", [["list"], ["search", "of many"], ["search", "nowhere"]])
def test_what_somebody_else_removed_is_forgotten_by_the_next_command(
    base: Path, run: Run, command: list[str]
) -> None:
    remove(base)
    assert traces(base)
    run("-s", base, *command)
    assert not traces(base)


def test_a_search_that_stops_early_forgets_all_the_same(base: Path, run: Run) -> None:
    remove(base)
    assert run("-s", base, "search", "--limit", 1, "of many").exit_code == 0
    assert not traces(base)


def test_what_is_removed_while_a_search_runs_is_forgotten_when_it_ends(base: Path) -> None:
    found = search_store(base, "of many", cache_folder(base))
    next(found)
    remove(base)
    forget_sessions(base, [SECRET])  # which must leave the texts to the search
    assert TEXT.casefold().encode() in traces(base)
    assert len(list(found)) == 39
    assert not traces(base)


async def test_an_open_application_forgets_what_goes_and_what_went(base: Path) -> None:
    app = app_on(base)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = main_screen(app)
        await until_shown(pilot, lambda: len(screen.library.entries) == 41)
        await pilot.press("slash", *"übergabe")
        await until_shown(pilot, lambda: screen.sidebar.cursor_session == SECRET)
        remove(base)
        await until_shown(pilot, lambda: TEXT.casefold().encode() not in traces(base))
    assert not traces(base)


async def test_an_application_forgets_at_its_start_what_went_before(base: Path) -> None:
    remove(base)
    app = app_on(base)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until_shown(pilot, lambda: not traces(base))


def test_of_an_application_in_a_terminal_nothing_stays(base: Path, own_home: Path) -> None:
    with Terminal([OXTUI, "open", str(base)], own_home) as terminal:
        terminal.until("41 sessions")
        remove(base)
        terminal.until("40 sessions")
        terminal.press("q")
        assert terminal.ended() == 0
    assert not traces(base)


# Several at once


async def test_who_may_write_does_it_for_the_others(base: Path, run: Run) -> None:
    search = Search(base, cache_folder(base))
    await find_all(search, "of many")
    remove(base)
    run("-s", base, "list")
    assert TEXT.casefold().encode() in traces(base)
    search.update([SECRET])
    await until(lambda: not traces(base))
    await search.close()


def holder(base: Path) -> "subprocess.Popen[bytes]":
    """A process that has the right to write the texts, and does nothing."""
    program = f"""
import pathlib, time
from oxtui.store.search.index import SearchIndex
index = SearchIndex(pathlib.Path({str(base)!r}), pathlib.Path({str(cache_folder(base))!r}))
index.open()
print(flush=True)
time.sleep(100)
"""
    other = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert other.stdout
    other.stdout.readline()
    return other


async def test_who_may_not_write_does_it_once_the_other_was_killed(base: Path) -> None:
    search = Search(base, cache_folder(base))
    with holder(base) as other:
        await find_all(search, "of many")
        remove(base)
        search.update([SECRET])
        assert not await find_all(search, TEXT)
        SummaryIndex(cache_folder(base)).add((), [SECRET])
        assert traces(base)
        other.kill()
    await search.close()
    assert not traces(base)


def test_what_a_killed_reader_had_not_noted_is_forgotten_too(base: Path) -> None:
    shutil.rmtree(cache_folder(base))
    os.utime(base / "sessions" / f"{SECRET}.json", (1, 1))  # so that it is read last
    program = f"""
import os, pathlib, signal
from oxtui.store.search.index import SearchIndex
index = SearchIndex(pathlib.Path({str(base)!r}), pathlib.Path({str(cache_folder(base))!r}))
index.open()
for number in range(41):
    index.read_next()
    if number == 20:
        index.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""
    ended = subprocess.run([sys.executable, "-c", program], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert TEXT.casefold().encode() in traces(base)
    remove(base)
    read_all(base)
    content = kept(base)
    assert not [trace for trace in TRACES if trace in content]


def test_what_comes_back_is_found_by_who_did_not_see_it_go(base: Path) -> None:
    one, two = (SearchIndex(base, cache_folder(base)) for _ in range(2))
    query, path = TEXT.casefold().encode(), base / "sessions" / f"{SECRET}.json"

    def found(index: SearchIndex) -> set[SessionId]:
        hits = (index.found_in(chunk, finder(query)) for chunk in index.chunks())
        return {session_id for each in hits for session_id in each}

    for index in (one, two):
        index.open()
        assert found(index) == {SECRET}
    path.rename(path.with_suffix(".aside"))
    one.survey()
    one.flush()
    assert TEXT.casefold().encode() not in traces(base)
    path.with_suffix(".aside").rename(path)
    for index in (one, two):
        index.look_again([SECRET])
        answer = found(index)
        while index.pending:
            session_id, text = index.read_next()
            answer |= {session_id} if query in text else set()
        assert answer == {SECRET}
        index.close()


@pytest.mark.parametrize("lost", ["*.rows", "*.text"])
def test_a_text_without_its_row_is_forgotten(base: Path, lost: str) -> None:
    for path in (cache_folder(base) / "search").glob(lost):
        path.unlink()
    remove(base)
    read_all(base)
    assert not traces(base)


NAMES = [SessionId(f"s{number}") for number in range(8)]


class Store:
    """A store of which sessions come, change, go and come back, and processes that search it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.base, self.cache = folder / "store", folder / "cache"
        self.sessions = self.base / "sessions"
        self.sessions.mkdir(parents=True)
        self.indexes: list[SearchIndex] = []
        self.acts: list[Callable[[], object]] = [
            self.write, self.write, self.delete, self.restore, self.open, self.close,
            self.read, self.read, self.tidy, self.look, self.look,
        ]  # fmt: skip
        self._number = 0

    def write(self) -> None:
        self._number += 1
        name = self.dice.choice(NAMES)
        written(self.base, name, f"<{name} in {self._number}>" * self.dice.randrange(1, 9), "all")

    def delete(self) -> None:
        path = self.sessions / f"{self.dice.choice(NAMES)}.json"
        if path.exists():
            path.rename(path.with_suffix(".trash"))

    def restore(self) -> None:
        for path in self.sessions.glob("*.trash"):
            path.rename(path.with_suffix(".json"))

    def open(self) -> None:
        if len(self.indexes) < 3:
            self.indexes.append(SearchIndex(self.base, self.cache))
            self.indexes[-1].open()

    def close(self) -> None:
        if self.indexes:
            self.indexes.pop(self.dice.randrange(len(self.indexes))).close()

    def each(self) -> Iterator[SearchIndex]:
        return (index for index in self.indexes if self.dice.random() < 0.6)

    def read(self) -> None:
        for index in self.each():
            for _ in range(min(self.dice.randrange(9), len(index.pending))):
                index.read_next()
            if self.dice.random() < 0.5:
                index.flush()

    def tidy(self) -> None:
        for index in self.each():
            index.tidy()

    def look(self) -> None:
        for index in self.each():
            if self.dice.random() < 0.5:
                index.survey()
            else:
                index.look_again(NAMES)

    def found(self, index: SearchIndex, query: str) -> set[SessionId]:
        index.look_again(NAMES)
        found = {
            session_id
            for chunk in index.chunks()
            for session_id in index.found_in(chunk, finder(query.encode()))
        }
        while index.pending:
            session_id, text = index.read_next()
            if query.encode() in text:
                found.add(session_id)
        return found

    def kept(self) -> set[SessionId]:
        content = b"\0".join(path.read_bytes() for path in self.cache.rglob("*.text"))
        return {SessionId(name.decode()) for name in re.findall(rb"<(s\d) in ", content)}


@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_it_is_found_as_long_as_it_is_there_and_no_longer(
    tmp_path: Path, seed: int
) -> None:
    store = Store(tmp_path, seed)
    for _ in range(60):
        store.dice.choice(store.acts)()
        if store.dice.random() < 0.2:
            for index in store.indexes:
                for query in ("all", "<s1"):
                    assert store.found(index, query) == plain(store.base, query)
        if store.dice.random() < 0.2 and store.indexes:
            for index in store.indexes:
                index.survey()
                index.flush()
            there = {path.stem for path in store.sessions.glob("*.json")}
            assert store.kept() <= there
    while store.indexes:
        store.close()
    store.delete()
    there = {path.stem for path in store.sessions.glob("*.json")}
    list(search_store(store.base, "nothing", store.cache))
    assert store.kept() == {name for name in there if plain(store.base, f"<{name} in ") == {name}}


# A disk that takes no more

_LIMITED = """
import pathlib, resource, sys
from oxtui.store.search.client import search_store
base, cache, limit = map(pathlib.Path, sys.argv[1:4])
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit.name), int(limit.name)))
print(*sorted(search_store(base, "of many", cache)))
"""


@pytest.mark.parametrize("limit", [0, 30, 500, 2_000, 30_000, 10**9])
def test_what_the_disk_did_not_take_is_not_left_half_written(
    tmp_path: Path, own_home: Path, limit: int
) -> None:
    base = tmp_path / "store"
    base.mkdir()
    for number in range(600):
        written(base, f"s{number}", f"number {number} of many" if number % 2 else "")
    cache = tmp_path / "cache"
    command = [sys.executable, "-c", _LIMITED, base, cache, str(limit)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert set(ended.stdout.split()) == {f"s{number}" for number in range(1, 600, 2)}
    for path in (base / "sessions").glob("s*[13].json"):
        path.unlink()
    assert len(list(search_store(base, "of many", cache))) == 180
    content = b"\0".join(path.read_bytes() for path in cache.rglob("*.text"))
    assert not re.findall(rb"number \d*[13] of many", content)
    assert len(set(re.findall(rb"number \d+ of many", content))) == 180


_LIMITED_AND_EMPTIED = """
import pathlib, resource, sys
from oxtui.store.search.index import SearchIndex
base, cache = map(pathlib.Path, sys.argv[1:3])
index = SearchIndex(base, cache)
index.open()
resource.setrlimit(resource.RLIMIT_FSIZE, (311, 311))
while index.pending:
    index.read_next()
index.flush()
print(max(b"of many" in path.read_bytes() for path in cache.rglob("*.text")))
for path in (base / "sessions").iterdir():
    path.unlink()
index.survey()
index.flush()
print(max(b"number" in path.read_bytes() for path in cache.rglob("*.text")))
"""


def test_of_a_text_that_was_cut_off_nothing_stays_either(base: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _LIMITED_AND_EMPTIED, base, tmp_path / "cache"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.split() == ["True", "False"]


def test_a_cache_that_cannot_be_written_costs_no_answer(base: Path, own_home: Path) -> None:
    remove(base)
    for path in cache_folder(base).rglob("*"):
        if path.is_file():
            subprocess.run(["chattr", "+i", path], check=False, capture_output=True)
    try:
        assert len(list(search_store(base, "of many", cache_folder(base)))) == 40
        assert len(read_all(base)) == 40
        forget_sessions(base, [SECRET])
    finally:
        for path in cache_folder(base).rglob("*"):
            subprocess.run(["chattr", "-i", path], check=False, capture_output=True)
    read_all(base)
    assert not traces(base)
