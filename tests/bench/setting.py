"""How much is measured, and where the stores for it are."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.corpus import write_store
from tests.bench.results import Result

PLAIN: Final = str(Path(__file__).with_name("plain.py"))


@dataclass(frozen=True, slots=True)
class Setting:
    """One run of the bench.

    Attributes:
        scratch: A folder for stores, which are kept for the next run, and homes, which are not.
        short: Whether small stores and few repetitions do.
    """

    scratch: Path
    short: bool

    @property
    def many(self) -> int:
        """How many sessions stand for 10,000."""
        return 300 if self.short else 10_000

    @property
    def most(self) -> int:
        """How many sessions stand for 100,000."""
        return 1_000 if self.short else 100_000

    @property
    def settling_s(self) -> float:
        """How long nothing is drawn once an application has settled."""
        return 0.5 if self.short else 3.0

    def times(self, often: int, short: int = 1) -> int:
        """How often something is measured: `often`, or less in the short version."""
        return short if self.short else often

    def store(self, count: int) -> Path:
        """A store of so many sessions; who changes it puts it back."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        return write_store(self.scratch / f"store-{count}", count)

    def folder(self, name: str) -> Path:
        """An empty folder."""
        path = self.scratch / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def home(self, name: str) -> Path:
        """A home folder in which oxtui never ran."""
        return self.folder(f"home-{name}")


Bench = Callable[[Setting], list[Result]]


def plain_app(*arguments: object) -> list[str]:
    """The command that runs a bare Textual application."""
    return [sys.executable, PLAIN, *map(str, arguments)]
