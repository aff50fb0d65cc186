"""Moving and deleting a session, beside one durable write."""

import asyncio
import os
from pathlib import Path
from typing import Final, NamedTuple

from oxtui.store.acts import Acts
from oxtui.store.models import SessionId
from oxtui.store.projects.catalog import Project, read_projects
from oxtui.store.state_store import StateStore
from tests.bench.clock import awaited_seconds, seconds
from tests.bench.corpus import session_id, write_store
from tests.bench.results import Result, Samples, compared
from tests.bench.setting import Setting

_LIMIT: Final = 1.5


class _Times(NamedTuple):
    write_s: float
    bare_move_s: float
    move_s: float
    delete_s: float


def bench_writing(setting: Setting) -> list[Result]:
    """What the application does for a key, journal and trash included."""
    often = setting.times(60, 15)
    base = write_store(setting.folder("writing") / "store", often)
    store, project = StateStore(base), read_projects(base).projects[0]

    async def measure_all() -> list[_Times]:
        return [await _measure(store, session_id(each), project) for each in range(often)]

    taken = asyncio.run(measure_all())
    write, bare_move, move, delete = map(Samples.of, zip(*taken, strict=True))
    bare = f"without the journal {bare_move.median * 1000:.1f} ms"
    return [
        compared("a move, to one fsynced write and rename", _LIMIT, move, write, bare),
        compared("a delete, to one fsynced write and rename", _LIMIT, delete, write),
    ]


async def _measure(store: StateStore, name: SessionId, project: Project) -> _Times:
    """Writes as many bytes, moves the session without and with a journal, and deletes it."""
    acts, content = Acts(store), store.session_path(name).read_bytes()
    beside = store.base_path / "beside.json"
    return _Times(
        seconds(lambda: _write_durably(beside, content)),
        await awaited_seconds(store.move_session_to_project(name, "elsewhere")),
        await awaited_seconds(acts.move([name], project.project_id, project.name)),
        await awaited_seconds(acts.delete([name])),
    )


def _write_durably(path: Path, content: bytes) -> None:
    temp = path.with_suffix(".tmp")
    with temp.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temp.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
