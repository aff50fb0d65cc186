"""Search as the words are typed, beside `rg -il` over the same files."""

import asyncio
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from oxtui.store.search.client import Search
from tests.bench.results import Result, Samples, Skipped, compared
from tests.bench.setting import Setting
from tests.store.search.stores import find_all

# As they are typed. None stands in a key, an id or a time of a file, where rg looks as well.
_QUERIES: Final = ("cas", "case", "case0", "case004", "CASE0042", "세션", "naïve", "no such")
_NOWHERE: Final = "in no session at all"


class _Answer(NamedTuple):
    query: str
    ours_s: float
    theirs_s: float
    same: bool


def bench_search(setting: Setting) -> list[Result]:
    """Every query through the process that searches, once it has read the store."""
    what = f"search as typed, {setting.many:,}, to rg -il"
    ripgrep = shutil.which("rg")
    if ripgrep is None:
        return [Skipped(what, "rg is not installed")]
    reading_s, answers = asyncio.run(_measure(setting, ripgrep))
    same = all(answer.same for answer in answers)
    worst = max(answers, key=lambda answer: answer.ours_s / answer.theirs_s)
    remark = (
        f"{'the same sessions' if same else 'OTHER SESSIONS'}; worst"
        f" {worst.ours_s / worst.theirs_s:.2f} at “{worst.query}”; all read in {reading_s:.1f} s"
    )
    ours = Samples.of(answer.ours_s for answer in answers)
    theirs = Samples.of(answer.theirs_s for answer in answers)
    return [replace(compared(what, 1, ours, theirs, remark), fulfilled=same)]


async def _measure(setting: Setting, ripgrep: str) -> tuple[float, list[_Answer]]:
    """How many seconds reading everything takes, and then every query."""
    base = setting.store(setting.many)
    search = Search(base, setting.folder("search-cache"))
    try:
        began = time.perf_counter()
        await find_all(search, _NOWHERE)
        reading_s = time.perf_counter() - began
        rounds = setting.times(5)
        return reading_s, [
            await _ask(search, ripgrep, query, base) for _ in range(rounds) for query in _QUERIES
        ]
    finally:
        await search.close()


async def _ask(search: Search, ripgrep: str, query: str, base: Path) -> _Answer:
    began = time.perf_counter()
    ours = await find_all(search, query)
    between = time.perf_counter()
    theirs = _ripgrep(ripgrep, query, base)
    ended = time.perf_counter()
    return _Answer(query, between - began, ended - between, set(ours) == theirs)


def _ripgrep(ripgrep: str, query: str, base: Path) -> set[str]:
    """The stems of the files in which it finds the query."""
    run = subprocess.run(
        [ripgrep, "-il", "--fixed-strings", "--", query, str(base / "sessions")],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return {Path(line).stem for line in run.stdout.splitlines()}
