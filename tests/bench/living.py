"""From a change on disk to the screen."""

import time
from random import Random
from typing import Final

from tests.bench.corpus import write_sessions
from tests.bench.probe import counted, opened
from tests.bench.results import Measured, Result, Samples, Unit
from tests.bench.setting import Setting

_FEW: Final = 1_000
_LONGEST_PAUSE_S: Final = 0.3


def bench_living(setting: Setting) -> list[Result]:
    """How long a session that another program writes takes to be seen, at any size."""
    return [_at(setting, count) for count in dict.fromkeys((_FEW, setting.most))]


def _at(setting: Setting, count: int) -> Result:
    base, pauses, taken = setting.store(count), Random(count), list[float]()
    try:
        with opened(base, setting.home("living")) as app:
            app.arrival(counted(count))
            app.quiet(setting.settling_s)
            for number in range(setting.times(40, 8)):
                since = len(app.written)
                write_sessions(base, range(1), prefix=f"x{number:03}")
                began = time.perf_counter()
                taken.append(app.arrival(f"x{number:03}", since) - began)
                app.quiet(0.1)
                app.idle(pauses.uniform(0, _LONGEST_PAUSE_S))
    finally:
        write_sessions(base, range(1))
    seen = Samples.of(taken)
    remark = f"{seen.spread(Unit.SECONDS)}; 99th percentile {Unit.SECONDS.said(seen.p99)}"
    what = f"change on disk to screen, {count:,}, median"
    return Measured(what, 0.1, seen.median, Unit.SECONDS, None, remark)
