"""Keys in the sidebar, beside the same keys in Textual's own tree of 1,000."""

from itertools import cycle, islice
from random import Random
from typing import Final

from tests.bench.corpus import PROJECTS
from tests.bench.plain import READY
from tests.bench.probe import Probe, counted, opened
from tests.bench.results import Measured, Result, Samples, Unit, compared
from tests.bench.setting import Setting, plain_app

_LEAVES: Final = 1_000
_OPENING_S: Final = 0.04
_SCROLLED: Final = 2_000  # bytes; far from both kinds of moves
_BLOCK: Final = 25
# Down past the end of the pane and back, so that rows scroll in at both ends.
_WAY: Final = ["j"] * 60 + ["k"] * 60
_TREE_KEYS: Final = {"j": "down", "k": "up"}
_LONGEST_PAUSE_S: Final = 0.25


def bench_keys(setting: Setting) -> list[Result]:
    """How long a key takes, pressed at any moment, with every group open."""
    count = setting.most
    pauses = Random(count)
    sidebar, tree = list[float](), list[float]()
    with (
        Probe(plain_app("tree", _LEAVES), setting.home("tree")) as theirs,
        opened(setting.store(count), setting.home("keys")) as ours,
    ):
        theirs.arrival(READY)
        theirs.quiet(setting.settling_s)
        _open_groups(setting, ours, count)
        keys = islice(cycle(_WAY), setting.times(16, 1) * _BLOCK)
        while block := list(islice(keys, _BLOCK)):
            tree += [_moved(theirs, _TREE_KEYS[key], pauses) for key in block]
            sidebar += [_moved(ours, key, pauses) for key in block]
    keyed, baseline = Samples.of(sidebar), Samples.of(tree)
    what = f"a key in the sidebar of {count:,}, to a Tree of {_LEAVES:,}"
    p99 = Measured(
        f"{what}, 99th percentile", 2, keyed.p99, Unit.SECONDS, baseline.p99, f"{len(sidebar)} keys"
    )
    return [compared(f"{what}, median", 1.25, keyed, baseline), p99]


def _moved(app: Probe, key: str, pauses: Random) -> float:
    """What a key takes, after a pause in which the timeline may have begun to follow, or not."""
    app.idle(pauses.uniform(0, _LONGEST_PAUSE_S))
    return app.moved(key)


def bench_bytes(setting: Setting) -> list[Result]:
    """How many bytes a move of the cursor sends, before the timeline follows."""
    return [
        _bytes(setting, "full bandwidth", 700, "--full-bandwidth"),
        _bytes(setting, "low bandwidth", 350, "--low-bandwidth"),
    ]


def _bytes(setting: Setting, how: str, limit: int, option: str) -> Result:
    count, way = setting.many, _WAY[25:-25] if setting.short else _WAY
    with opened(setting.store(count), setting.home("bytes"), option) as app:
        _open_groups(setting, app, count)
        sizes = Samples.of(app.echo(key).size for key in way)
    scrolling = Samples.of(size for size in sizes.values if size > _SCROLLED)
    remark = f"{len(way)} moves"
    if scrolling.values:
        remark += f", of which {len(scrolling.values)} scroll: {Unit.BYTES.said(scrolling.median)}"
    what = f"bytes of a cursor move, {how}, median"
    return Measured(what, limit, sizes.median, Unit.BYTES, None, remark)


def _open_groups(setting: Setting, app: Probe, count: int) -> None:
    """Opens every group, from the last to the first, and leaves the cursor at the top."""
    app.arrival(counted(count))
    app.quiet(setting.settling_s)
    for key in ("h", "h", "G", "l", *["k", "l"] * PROJECTS, "g"):
        app.press(key)
        app.quiet(_OPENING_S)
    app.quiet(setting.settling_s)
