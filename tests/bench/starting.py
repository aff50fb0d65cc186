"""From the command to the sessions on the screen, beside a Textual application that is empty."""

from tests.bench import corpus
from tests.bench.plain import READY
from tests.bench.probe import Probe, counted, opened
from tests.bench.results import Result, Samples, compared
from tests.bench.setting import Setting, plain_app


def bench_starting(setting: Setting) -> list[Result]:
    """With stores that were listed before, and that never were."""
    few = _at(setting, setting.many, limit=1.5)
    return few if setting.short else [*few, *_at(setting, setting.most, limit=3)]


def _at(setting: Setting, count: int, limit: float) -> list[Result]:
    base, known = setting.store(count), setting.home("known")
    newest = corpus.title(0).split()[0]  # the sidebar may cut the rest
    empty, listed = list[float](), list[float]()
    rows, first = list[float](), list[float]()
    with opened(base, known) as app:  # lists it, and leaves what it remembers
        app.arrival(counted(count))
        app.quiet(setting.settling_s)
        app.leave()
    for _ in range(setting.times(15)):  # a start varies by a tenth
        with Probe(plain_app("empty"), setting.home("empty")) as app:
            empty.append(app.arrival(READY) - app.started)
        with opened(base, known) as app:
            rows.append(app.arrival(newest) - app.started)
            listed.append(app.arrival(counted(count)) - app.started)
            app.quiet(0.5)
            app.leave()
        with opened(base, setting.home("new")) as app:
            first.append(app.arrival(newest) - app.started)
    baseline = Samples.of(empty)
    return [
        compared(
            f"on screen with {count:,}, listed before, to an empty application",
            limit,
            Samples.of(listed),
            baseline,
            f"the newest row after {Samples.of(rows).median * 1000:,.0f} ms",
        ),
        compared(
            f"the newest rows of {count:,}, never listed, to an empty application",
            limit,
            Samples.of(first),
            baseline,
        ),
    ]
