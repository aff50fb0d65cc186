"""Listing sessions, beside reading each file and `orjson.loads` of it."""

from pathlib import Path
from typing import Final

import orjson

from oxtui.store.summaries.entries import Entry
from oxtui.store.summaries.index import SummaryIndex
from oxtui.store.summaries.scan import scan
from tests.bench.clock import by_turns
from tests.bench.results import Result, compared
from tests.bench.setting import Setting

_WORTH_HELPERS: Final = 2_000
"""Sessions that are enough for several processes to read them, as they do many."""


def bench_listing(setting: Setting) -> list[Result]:
    """The first time, and again with what was kept from then."""
    count = _WORTH_HELPERS if setting.short else setting.many
    folder = setting.store(count) / "sessions"
    paths = sorted(folder.iterdir())
    index = SummaryIndex(setting.folder("index"))

    def list_first() -> list[Entry]:
        return list(scan(folder, {}))

    def list_again() -> None:
        assert sum(1 for _ in scan(folder, index.load().entries)) == count

    entries = list_first()
    index.update(entries, entries, ())
    reading, first, again = by_turns(
        setting.times(7, 3), lambda: _read_all(paths), list_first, list_again
    )
    return [
        compared(f"listing {count:,}, first time, to orjson.loads of each", 0.8, first, reading),
        compared(f"listing {count:,}, again, to the first time", 0.2, again, first),
    ]


def _read_all(paths: list[Path]) -> None:
    for path in paths:
        orjson.loads(path.read_bytes())
