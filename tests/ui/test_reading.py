"""Keeping the timeline on a session while files and wishes change."""

import asyncio
import json
import os
from collections import Counter
from pathlib import Path

import pytest
from textual.app import App, ComposeResult

from oxtui.store.library import Library
from oxtui.store.models import SessionId
from oxtui.store.state_store import StateStore
from oxtui.ui.reading import Reader
from oxtui.ui.timeline.widget import Timeline

A, B = SessionId("a"), SessionId("b")
TIME = "2026-06-20T10:00:00Z"


class CountingStore(StateStore):
    """A store that counts how often the file of each session was asked for."""

    def __init__(self, base: Path) -> None:
        super().__init__(base)
        self.asked: Counter[str] = Counter()

    def session_path(self, session_id: SessionId) -> Path:
        self.asked[session_id] += 1
        return super().session_path(session_id)


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield Timeline()


def write(base: Path, session_id: str, turns: int) -> None:
    said = [{"content": f"message {number}", "timestamp": TIME} for number in range(turns)]
    times = dict.fromkeys(("created_at", "updated_at"), TIME)
    path = base / "sessions" / f"{session_id}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"id": session_id, "user_id": "u", "user_messages": said, **times}))


async def opened(base: Path) -> tuple[CountingStore, Library]:
    store = CountingStore(base)
    library = Library(store)
    await library.load()
    store.asked.clear()
    return store, library


async def test_a_session_that_is_wanted_twice_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, A, 20_000)
    store, library = await opened(tmp_path)
    app = Host()
    async with app.run_test():
        timeline = app.query_one(Timeline)
        reader = Reader(library, timeline)
        first = asyncio.create_task(reader.open(A))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        first.cancel()  # as an exclusive worker does with the one before
        await reader.open(A)
        assert timeline.session_id == A
        assert timeline.border_title is not None
        assert store.asked == {A: 1}
    await library.close()


async def test_the_last_one_that_is_wanted_is_shown(tmp_path: Path) -> None:
    write(tmp_path, A, 20_000)
    write(tmp_path, B, 1)
    _, library = await opened(tmp_path)
    app = Host()
    async with app.run_test():
        timeline = app.query_one(Timeline)
        reader = Reader(library, timeline)
        await asyncio.gather(reader.open(A), reader.open(B))
        assert timeline.session_id == B
        await reader.open(A)
        assert timeline.session_id == A
    await library.close()


async def test_what_was_written_while_it_was_read_is_shown_after_it(tmp_path: Path) -> None:
    write(tmp_path, A, 20_000)
    _, library = await opened(tmp_path)
    app = Host()
    async with app.run_test():
        timeline = app.query_one(Timeline)
        reader = Reader(library, timeline)
        reading = asyncio.create_task(reader.open(A))
        await asyncio.sleep(0)
        write(tmp_path, A, 20_001)
        await library.rescan()
        await asyncio.gather(reader.follow(), reading)
        assert "20001/20001" in str(timeline.border_subtitle)
    await library.close()


async def test_what_was_written_while_another_one_was_wanted_is_shown_on_the_way_back(
    tmp_path: Path,
) -> None:
    write(tmp_path, A, 1)
    write(tmp_path, B, 20_000)
    _, library = await opened(tmp_path)
    app = Host()
    async with app.run_test():
        timeline = app.query_one(Timeline)
        reader = Reader(library, timeline)
        await reader.open(A)
        going = asyncio.create_task(reader.open(B))
        await asyncio.sleep(0)
        write(tmp_path, A, 2)
        await library.refresh([A])  # of which nobody who reads B needs to know
        going.cancel()
        await reader.open(A)
        assert timeline.session_id == A
        assert "2/2" in str(timeline.border_subtitle)
    await library.close()


async def test_a_session_that_was_shown_all_the_time_is_not_read_again(tmp_path: Path) -> None:
    write(tmp_path, A, 1)
    store, library = await opened(tmp_path)
    app = Host()
    async with app.run_test():
        reader = Reader(library, app.query_one(Timeline))
        await reader.open(A)
        await reader.open(A)
        assert store.asked == {A: 1}
    await library.close()


@pytest.mark.parametrize("left", ["\0", None])
async def test_what_became_of_a_session_meanwhile_is_said_on_the_way_back(
    tmp_path: Path, left: str | None
) -> None:
    write(tmp_path, A, 1)
    _, library = await opened(tmp_path)
    app = Host()
    async with app.run_test():
        timeline = app.query_one(Timeline)
        reader = Reader(library, timeline)
        await reader.open(A)
        path = tmp_path / "sessions" / f"{A}.json"
        path.unlink() if left is None else path.write_text(left)
        await library.refresh([A])
        await reader.open(A)
        assert ("deleted" if left is None else "unreadable now") in str(timeline.border_title)
        assert timeline.session_id == A  # its last good state stays
    await library.close()


async def test_a_session_that_cannot_be_read_does_not_wipe_the_one_that_is_read(
    tmp_path: Path,
) -> None:
    write(tmp_path, A, 20_000)
    write(tmp_path, B, 1)
    _, library = await opened(tmp_path)
    app = Host()
    async with app.run_test():
        timeline = app.query_one(Timeline)
        reader = Reader(library, timeline)
        await reader.open(B)
        path = tmp_path / "sessions" / f"{A}.json"
        path.unlink()
        os.mkfifo(path)  # which is refused, in a thread
        first = asyncio.create_task(reader.open(A))
        await asyncio.sleep(0)
        second = asyncio.create_task(reader.open(B))  # as a worker that nobody cancelled would
        await asyncio.gather(first, second)
        assert timeline.session_id == B
        assert "1/1" in str(timeline.border_subtitle)
    await library.close()
