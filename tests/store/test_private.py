"""What oxtui keeps in the user's home is the user's alone, whatever their umask says."""

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from oxtui.demo import write_demo
from oxtui.locations import cache_folder, state_folder, theme_path
from oxtui.store.private import make_private_file, open_private
from oxtui.store.remembered import recall, remember
from tests.terminal.terminal import OXTUI, Terminal

NOBODY = 65_534


@contextmanager
def masked(umask: int) -> Generator[None]:
    before = os.umask(umask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = tmp_path / "store"
    write_demo(base)
    return base


def run(home: Path, *arguments: object) -> str:
    command = [OXTUI, *map(str, arguments)]
    environment = Terminal.environment(home)
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return ended.stdout


def use_everything(home: Path, base: Path) -> None:
    """Runs what leaves something in the folders of oxtui's own."""
    assert run(home, "-s", base, "list")
    assert run(home, "-s", base, "search", "the")
    with Terminal([OXTUI, "open", str(base)], home) as terminal:
        terminal.until("40 sessions")
        terminal.press("q")
        assert terminal.ended() == 0


def modes(home: Path) -> dict[str, int]:
    found = {
        str(path.relative_to(home)): stat.S_IMODE(path.lstat().st_mode) for path in home.rglob("*")
    }
    for name in ("summaries.sqlite", ".rows", ".text", "lock", "screen.json"):
        assert any(path.endswith(name) for path in found), name
    return found


@pytest.mark.parametrize("umask", [0, 0o022, 0o777])
def test_what_is_made_is_for_nobody_elses_eyes(base: Path, own_home: Path, umask: int) -> None:
    with masked(umask):
        use_everything(own_home, base)
    for name, mode in modes(own_home).items():
        assert mode == (0o700 if (own_home / name).is_dir() else 0o600), name


def test_what_was_there_with_a_wider_mode_is_narrowed(base: Path, own_home: Path) -> None:
    use_everything(own_home, base)
    shared = {own_home / name for name in (".cache", ".local", ".local/state")}
    for path in own_home.rglob("*"):
        path.chmod(0o777 if path.is_dir() else 0o666)
    for path in (base / "sessions").iterdir():
        path.touch()  # so that all is written again
    use_everything(own_home, base)
    for name, mode in modes(own_home).items():
        if name.endswith((".rows", ".text")):  # of the first time
            continue
        path = own_home / name
        assert mode == (0o777 if path in shared else 0o700 if path.is_dir() else 0o600), name


def test_what_is_a_link_or_anothers_is_left_as_it_is(tmp_path: Path, own_home: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o777)
    (own_home / ".local").mkdir()
    (own_home / ".local/state").symlink_to(elsewhere)
    (elsewhere / "oxtui").symlink_to(tmp_path / "further")
    (tmp_path / "further").mkdir()
    (tmp_path / "further").chmod(0o777)
    remember(theme_path(), "nord")
    assert recall(theme_path()) == "nord"
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o777
    assert stat.S_IMODE((tmp_path / "further").stat().st_mode) == 0o777


def test_what_is_remembered_is_private_from_the_first_time(own_home: Path) -> None:
    with masked(0):
        remember(theme_path(), "nord")
        assert stat.S_IMODE(theme_path().stat().st_mode) == 0o600
        theme_path().chmod(0o644)
        remember(theme_path(), "dracula")
    assert stat.S_IMODE(theme_path().stat().st_mode) == 0o600
    assert recall(theme_path()) == "dracula"


@pytest.mark.timeout(20)
def test_a_fifo_is_not_waited_for_and_a_link_not_followed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "aim")
    for name in ("fifo", "link"):
        with pytest.raises(OSError, match=r"No such device|symbolic links"):
            open_private(str(tmp_path / name), os.O_WRONLY | os.O_CREAT)
        make_private_file(tmp_path / name)
    assert not (tmp_path / "aim").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is somebody else than the owner here")
def test_what_root_makes_in_the_home_of_another_is_that_users() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home, base = Path(folder) / "home", Path(folder) / "store"
        home.mkdir()
        write_demo(base)
        os.chown(home, NOBODY, NOBODY)
        use_everything(home, base)
        made = [path.lstat() for path in home.rglob("*")]
        assert made
        assert {(status.st_uid, status.st_gid) for status in made} == {(NOBODY, NOBODY)}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is somebody else than the owner here")
def test_folders_of_another_user_keep_their_modes(base: Path, own_home: Path) -> None:
    use_everything(own_home, base)
    for path in (cache_folder(base), state_folder(base)):
        path.chmod(0o750)
        os.chown(path, NOBODY, NOBODY)
        shutil.rmtree(path / "search", ignore_errors=True)
    use_everything(own_home, base)
    for path in (cache_folder(base), state_folder(base)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o750
