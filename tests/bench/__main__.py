"""`python -m tests.bench`: measures the promises and prints the table."""

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Final, TextIO

import textual

from tests.bench.probe import NeverCameError
from tests.bench.promises import BENCHES
from tests.bench.results import Failed, Measured, Result, Skipped, table
from tests.bench.setting import Setting

_MORE_TRIES: Final = 4


def main() -> int:
    """Runs what is asked for.

    Returns:
        1 if a promise is missed by far, in the long version if one is not held, else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}")
    parser.add_argument("--short", action="store_true", help="small stores, under a minute")
    parser.add_argument(
        "--scratch",
        type=Path,
        default=Path(tempfile.gettempdir()) / "oxtui-bench",
        help="where stores are made and kept; the long version needs 4 GB there",
    )
    asked = parser.parse_args()
    if unknown := set(asked.names) - BENCHES.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    setting = Setting(asked.scratch, asked.short)
    results: list[Result] = []
    for name in asked.names or BENCHES:
        _say(f"measuring {name} …", sys.stderr)
        results += _measure(name, setting)
    _say(f"{_machine()}\n\n{table(results)}", sys.stdout)
    return 1 if any(_is_missed(result, short=asked.short) for result in results) else 0


def _measure(name: str, setting: Setting) -> list[Result]:
    """What a bench finds; in the short version the last try counts of those that a slip is given.

    There one slip ends the gate, and a machine that is busy with something else is no slip.
    """
    results = _run(name, setting)
    for _ in range(_MORE_TRIES if setting.short else 0):
        if not any(_is_missed(result, short=True) for result in results):
            break
        results = _run(name, setting)
    return results


def _run(name: str, setting: Setting) -> list[Result]:
    try:
        return BENCHES[name](setting)
    except NeverCameError as error:
        _say(str(error), sys.stderr)
        return [Failed(name, error.what)]


def _is_missed(result: Result, *, short: bool) -> bool:
    match result:
        case Measured():
            return result.slipped if short else not result.held
        case Failed():
            return True
        case Skipped():
            return False


def _machine() -> str:
    python, system = platform.python_version(), f"{platform.system()} {platform.release()}"
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{_processor()}, {os.cpu_count()} cores, {system}; Python {python},"
        f" Textual {textual.__version__}; load {load}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.machine()


def _say(text: str, where: TextIO) -> None:
    print(text, file=where, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
