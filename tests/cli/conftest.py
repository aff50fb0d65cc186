"""Stores for the commands, and the commands run in this process."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oxtui.cli import main
from oxtui.demo import write_demo
from tests.conftest import PARITY

Run = Callable[..., Result]

NOW = datetime(2026, 8, 22, 14, 0, tzinfo=UTC)


@pytest.fixture
def run() -> Run:
    """Runs a command with these arguments; lone surrogates stand for bytes that are not UTF-8."""

    def run(*arguments: object, input: str | None = None) -> Result:  # noqa: A002 - click's name
        result = CliRunner().invoke(main, [str(each) for each in arguments], input=input)
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        return result

    return run


@pytest.fixture(scope="session")
def demo_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("demo") / "store"
    write_demo(base, sessions=12, now=NOW)
    return base


@pytest.fixture
def demo(demo_once: Path, tmp_path: Path) -> Path:
    """A store with projects in a database, a config.toml, and two files that can't be read."""
    return shutil.copytree(demo_once, tmp_path / "demo")


@pytest.fixture
def parity(tmp_path: Path) -> Callable[[str], Path]:
    """A store of the reference's cases, of the test's own."""
    return lambda case: shutil.copytree(PARITY / case / "store", tmp_path / case)
