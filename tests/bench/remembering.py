"""Memory, settled and after changes."""

from typing import Final

from tests.bench.corpus import write_sessions
from tests.bench.probe import Probe, counted, opened
from tests.bench.results import Measured, Result, Unit
from tests.bench.setting import Setting

_BATCH: Final = 1_000
_GROWTH: Final = 1.1


def bench_memory(setting: Setting) -> list[Result]:
    """What oxtui holds of stores of two sizes, and of the larger after as many changes."""
    with opened(setting.store(setting.many), setting.home("memory")) as app:
        few = _settled(setting, app, setting.many, 120)
    base, count = setting.store(setting.most), setting.most
    with opened(base, setting.home("memory")) as app:
        many = _settled(setting, app, count, 300)
        _change(setting, app, count)
        after = app.resident()
    what = f"memory after {count:,} changes, to before"
    growth = Measured(what, _GROWTH, after, Unit.MEGABYTES, many.value)
    return [few, many, growth]


def _settled(setting: Setting, app: Probe, count: int, limit: int) -> Measured:
    app.arrival(counted(count))
    app.quiet(setting.settling_s)
    held, beside = app.resident(), Unit.MEGABYTES.said(app.resident_of_children())
    remark = f"processes that it started: {beside} more"
    return Measured(f"memory, {count:,}", limit, held, Unit.MEGABYTES, None, remark)


def _change(setting: Setting, app: Probe, times: int) -> None:
    """Writes the newest sessions again and again, each time with other titles."""
    base, batch = setting.store(times), min(_BATCH, times)
    rounds = times // batch
    for number in range(rounds):
        # Fewer than the system keeps events for, and the newest last, so that its title says done.
        prefix = "" if number == rounds - 1 else f"x{number:03}"
        since = len(app.written)
        write_sessions(base, range(batch - 1, -1, -1), prefix)
        app.arrival(prefix or " n000000", since)
    app.quiet(setting.settling_s)
