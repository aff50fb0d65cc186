"""Listing sessions, beside reading the bytes of their files."""

from pathlib import Path
from typing import TYPE_CHECKING

from oxtui.store.summaries import Entry, scan
from tests.bench.clock import by_turns
from tests.bench.results import Result, compared
from tests.bench.setting import Setting

if TYPE_CHECKING:
    from oxtui.store.models import SessionId


def bench_listing(setting: Setting) -> list[Result]:
    """The first time, and again with what is known from then."""
    count = setting.many
    folder = setting.store(count) / "sessions"
    paths = sorted(folder.iterdir())
    known: dict[SessionId, Entry] = {}

    def list_first() -> None:
        known.update((entry.session_id, entry) for entry in scan(folder, {}))

    def list_again() -> None:
        assert sum(1 for _ in scan(folder, known)) == count

    reading, first, again = by_turns(
        setting.times(7, 3), lambda: _read_all(paths), list_first, list_again
    )
    return [
        compared(f"listing {count:,}, first time, to reading their bytes", 3.5, first, reading),
        compared(f"listing {count:,}, again, to the first time", 0.2, again, first),
    ]


def _read_all(paths: list[Path]) -> None:
    for path in paths:
        with path.open("rb", buffering=0) as file:
            file.read()
