"""Opening a session that ran all night, and keys in it."""

import time
from collections.abc import Callable
from importlib import import_module
from typing import Final

from tests.bench.clock import seconds
from tests.bench.corpus import write_long_session
from tests.bench.probe import Probe, opened
from tests.bench.results import Measured, Result, Samples, Skipped, Unit, compared
from tests.bench.setting import Setting

_FEW_TURNS: Final = 10
_END, _OTHER_END = "endofthenight", "endoftheminute"
_PAUSE_S: Final = 0.05
_WAY: Final = ["k"] * 15 + ["j"] * 10


def bench_opening(setting: Setting) -> list[Result]:
    """From the key to the first content, beside orjson reading the file."""
    turns = _turns(setting)
    loads = _orjson_loads()
    if loads is None:
        return [Skipped(f"first content of {turns:,} turns, to orjson.loads", "no orjson")]
    base = setting.folder("opening")
    write_long_session(base, 0, _FEW_TURNS, _OTHER_END)
    path = write_long_session(base, 1, turns, _END)
    parsing, shown = list[float](), list[float]()
    for _ in range(setting.times(5)):
        parsing.append(seconds(lambda: loads(path.read_bytes())))
        with opened(base, setting.home("opening")) as app:
            app.arrival(_OTHER_END)
            app.quiet(0.5)
            began, since = time.perf_counter(), len(app.written)
            app.press("j", "enter")
            shown.append(app.arrival(_END, since) - began)
    megabytes = Unit.MEGABYTES.said(path.stat().st_size / 1e6)
    what = f"first content of {turns:,} turns, {megabytes}, to orjson.loads"
    return [compared(what, 3, Samples.of(shown), Samples.of(parsing))]


def bench_reading(setting: Setting) -> list[Result]:
    """What a key costs there, beside what it costs in a session of ten turns."""
    turns = _turns(setting)
    long, few = list[float](), list[float]()
    with _reader(setting, turns) as night, _reader(setting, _FEW_TURNS) as minute:
        for _ in range(setting.times(8)):
            few += _echoes(minute)
            long += _echoes(night)
    keyed, baseline = Samples.of(long), Samples.of(few)
    what = f"a key in {turns:,} turns, to one in {_FEW_TURNS}"
    tail = Measured(
        f"{what}, 99th percentile", 2, keyed.p99, Unit.SECONDS, baseline.p99, f"{len(long)} keys"
    )
    return [compared(f"{what}, median", 1.25, keyed, baseline), tail]


def _orjson_loads() -> Callable[[bytes], object] | None:
    try:
        return import_module("orjson").loads
    except ImportError:
        return None


def _turns(setting: Setting) -> int:
    return 1_000 if setting.short else 5_000


def _reader(setting: Setting, turns: int) -> Probe:
    """oxtui with a session of so many turns before the reader."""
    base = setting.folder(f"reading-{turns}")
    write_long_session(base, 0, turns, _END)
    app = opened(base, setting.home(f"reading-{turns}"))
    app.arrival(_END)
    app.quiet(setting.settling_s)
    app.echo("enter")
    app.quiet(setting.settling_s)
    return app


def _echoes(app: Probe) -> list[float]:
    taken: list[float] = []
    for key in _WAY:
        taken.append(app.echo(key).seconds)
        app.idle(_PAUSE_S)
    return taken
