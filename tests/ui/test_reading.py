"""Keeping the timeline on a session while files and wishes change."""

import asyncio
import json
from collections import Counter
from pathlib import Path

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
