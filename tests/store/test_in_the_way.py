"""What lies where a file should be, in the store or in the user's folders, holds up nobody."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from oxtui.locations import cache_folder, state_folder, theme_path
from tests.store.files import settle
from tests.store.search.stores import written
from tests.terminal.terminal import OXTUI, Terminal

PATIENCE_S = 20  # tells a hang from an answer; an answer takes a fraction of a second
SECRET = "secret"
TEXT = "das passwort heißt"


def fifo(path: Path) -> None:
    os.mkfifo(path)


def zeros(path: Path) -> None:
    """A device that never ends."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")


def link_to_fifo(path: Path) -> None:
    aside = path.with_name(f"{path.name}.aside")
    os.mkfifo(aside)
    path.symlink_to(aside)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 << 30)


def grown(path: Path) -> None:
    """What was there, and 100 GB of nothing."""
    if not path.exists():
        pytest.skip("there is no such file to begin with")
    os.truncate(path, 100 << 30)


KINDS: list[Callable[[Path], None]] = [
    fifo, zeros, link_to_fifo, sparse, grown
]  # fmt: skip
PLACES: dict[str, Callable[[Path], Path]] = {
    "a session": lambda base: base / "sessions" / "x.json",
    "lock": lambda base: cache_folder(base) / "search" / "lock",
    "rows": lambda base: next((cache_folder(base) / "search").glob("*.rows")),
    "text": lambda base: next((cache_folder(base) / "search").glob("*.text")),
    "more rows": lambda base: cache_folder(base) / "search" / "1.rows",
    "more text": lambda base: cache_folder(base) / "search" / "1.text",
    "index": lambda base: cache_folder(base) / "summaries.sqlite",
    "journal": lambda base: cache_folder(base) / "summaries.sqlite-journal",
    "log": lambda base: cache_folder(base) / "summaries.sqlite-wal",
}


@pytest.fixture
def base(tmp_path: Path, own_home: Path) -> Path:
    base = tmp_path / "store"
    base.mkdir()
    for number in range(40):
        written(base, f"s{number}", f"number {number} of many")
    written(base, SECRET, TEXT)
    settle(base / "sessions")
    ask(base)
    assert traces(own_home) == {TEXT, TEXT.casefold()}
    return base


_ASKING = """
import sys
from click.testing import CliRunner
from oxtui.cli import main

for _ in range(2):
    for words in (["list"], ["search", "of many"]):
        print(CliRunner().invoke(main, ["-s", sys.argv[1], *words]).stdout.count("of many"))
"""


def ask(base: Path) -> None:
    """Lists and searches twice, in a process that is ended if it waits for something."""
    command = [sys.executable, "-c", _ASKING, str(base)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    assert ended.stdout.split() == ["40", "80"] * 2  # a search shows the title and the place


def open_application(base: Path, home: Path) -> None:
    with Terminal([OXTUI, "open", str(base)], home) as terminal:
        terminal.until("40 sessions")
        terminal.press("/", *"of many")
        terminal.until("40 of")
        terminal.press("enter", "q")
        assert terminal.ended() == 0


def traces(home: Path) -> set[str]:
    """What stands of the text in any file, as it is and as it is searched."""
    files = [path for path in home.rglob("*") if path.is_file() and path.lstat().st_size < 1 << 30]
    content = b"\0".join(path.read_bytes() for path in files if not path.is_symlink())
    return {text for text in (TEXT, TEXT.casefold()) if text.encode() in content}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("make", KINDS)
def test_everything_is_answered_and_forgotten(
    base: Path, own_home: Path, place: str, make: Callable[[Path], None]
) -> None:
    path = PLACES[place](base)
    if make is not grown and path.exists():
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    make(path)
    (base / "sessions" / f"{SECRET}.json").unlink()
    ask(base)
    assert not traces(own_home)


@pytest.mark.parametrize("make", KINDS)
def test_the_application_opens_searches_and_forgets(
    base: Path, own_home: Path, make: Callable[[Path], None]
) -> None:
    places = [PLACES[place](base) for place in ("lock", "rows", "more text", "index")]
    for path in (*places, state_folder(base) / "screen.json", theme_path()):
        path.parent.mkdir(parents=True, exist_ok=True)
        if make is not grown:
            path.unlink(missing_ok=True)
        elif not path.exists():
            continue
        make(path)
    (base / "sessions" / f"{SECRET}.json").unlink()
    open_application(base, own_home)
    assert not traces(own_home)


@pytest.fixture
def read_only_cache(base: Path, own_home: Path) -> Generator[None]:
    cache = own_home / ".cache"
    commands = [
        ["mount", "--bind", str(cache), str(cache)],
        ["mount", "-o", "remount,bind,ro", str(cache)],
    ]
    for command in commands:
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("nothing can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(cache)], check=True)


@pytest.mark.usefixtures("read_only_cache")
def test_a_cache_that_cannot_be_written_is_done_without(base: Path, own_home: Path) -> None:
    (base / "sessions" / f"{SECRET}.json").unlink()
    ask(base)
    open_application(base, own_home)


def test_a_cache_may_lie_elsewhere(base: Path, own_home: Path, tmp_path: Path) -> None:
    (own_home / ".cache/oxtui").rename(tmp_path / "elsewhere")
    (own_home / ".cache/oxtui").symlink_to(tmp_path / "elsewhere")
    (base / "sessions" / f"{SECRET}.json").unlink()
    ask(base)
    open_application(base, own_home)
    assert not traces(tmp_path / "elsewhere")
