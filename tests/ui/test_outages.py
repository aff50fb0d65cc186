"""A store that can't be reached for a while: what was shown is shown again, and followed."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
from textual.pilot import Pilot

from oxtui.store import watch
from oxtui.store.models import SessionId
from oxtui.store.state_store import StateStore
from oxtui.ui.screens.main import MainScreen
from tests.ui.conftest import until
from tests.ui.test_main import at_titled, opened

TITLE = "Renew the wildcard certificate"
OTHER = "Retry the failed cron jobs"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_POLL_S", 0.05)


@contextmanager
def moved(base: Path) -> Generator[None]:
    aside = base.with_name("aside")
    base.rename(aside)
    yield
    aside.rename(base)


@contextmanager
def sessions_moved(base: Path) -> Generator[None]:
    with moved(base / "sessions"):
        yield


@contextmanager
def refused(base: Path) -> Generator[None]:
    """The system refuses to look into the folder, as where a server is gone."""
    with moved(base / "sessions"):
        (base / "sessions").symlink_to("sessions")
        yield
        (base / "sessions").unlink()


def says_another_turn(store: StateStore, session_id: SessionId) -> None:
    path = store.session_path(session_id)
    content = json.loads(path.read_text())
    content["user_messages"].append({"content": "and then?", "timestamp": "2030-01-01T00:00:00Z"})
    path.write_text(json.dumps(content))


def heading(screen: MainScreen) -> str:
    return str(screen.timeline.border_title)


async def is_shown_and_followed(
    pilot: Pilot[None], screen: MainScreen, store: StateStore, session_id: SessionId
) -> None:
    await until(pilot, lambda: screen.timeline.session_id == session_id)
    await until(pilot, lambda: "3 turns" in heading(screen))
    assert "unreadable" not in heading(screen)
    await until(pilot, lambda: screen.status.status.problem is None)
    await until(pilot, lambda: len(screen.library.entries) == 40)
    assert len(screen.library.projects) == 6
    says_another_turn(store, session_id)
    await until(pilot, lambda: "4/4" in str(screen.timeline.border_subtitle))


@pytest.mark.parametrize("outage", [moved, sessions_moved])
async def test_a_store_that_is_gone_and_comes_back_is_where_it_was(
    demo_store: StateStore, outage: Callable[[Path], AbstractContextManager[None]]
) -> None:
    async with opened(demo_store) as (pilot, screen):
        session_id = await at_titled(pilot, screen, TITLE)
        with outage(demo_store.base_path):
            await until(pilot, lambda: "deleted" in heading(screen))
            assert screen.sidebar.cursor_session is None
        await is_shown_and_followed(pilot, screen, demo_store, session_id)
        await until(pilot, lambda: screen.sidebar.cursor_session == session_id)


async def test_what_could_not_be_opened_meanwhile_is_opened(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        session_id = await at_titled(pilot, screen, TITLE)
        await at_titled(pilot, screen, OTHER)
        with refused(demo_store.base_path):
            await until(pilot, lambda: screen.status.status.problem)
            assert len(screen.library.entries) == 40
            screen.sidebar.set_filter(session_id)
            screen.sidebar.set_filter("")
            await until(pilot, lambda: screen.timeline.session_id is None)
            assert heading(screen) == session_id
        await is_shown_and_followed(pilot, screen, demo_store, session_id)


async def test_what_changed_and_could_not_be_read_is_read_afterwards(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store) as (pilot, screen):
        session_id = await at_titled(pilot, screen, TITLE)
        with refused(demo_store.base_path):
            await until(pilot, lambda: screen.status.status.problem)
            await screen.library.refresh([session_id])
            await until(pilot, lambda: "unreadable now" in heading(screen))
            assert screen.timeline.session_id == session_id  # its last good state stays
        await is_shown_and_followed(pilot, screen, demo_store, session_id)


class Mount:
    """A folder that another one is shown in by a program, which may end."""

    def __init__(self, source: Path, folder: Path) -> None:
        self._command = ["bindfs", source, folder]
        self._folder = folder

    def start(self) -> bool:
        """Whether that is possible here."""
        if not shutil.which("bindfs"):
            return False
        return subprocess.run(self._command, capture_output=True, check=False).returncode == 0

    def kill(self) -> None:
        # Only its own command line ends in these two names.
        wanted = b"\0".join(str(each).encode() for each in self._command)
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if path.read_bytes().strip(b"\0") == wanted:
                    os.kill(int(path.parent.name), signal.SIGKILL)

    def end(self) -> None:
        subprocess.run(["fusermount", "-uz", self._folder], check=False, capture_output=True)


@pytest.fixture
def mount(demo_store: StateStore) -> Generator[Mount]:
    folder = demo_store.base_path.with_name("shown")
    folder.mkdir()
    mount = Mount(demo_store.base_path, folder)
    if not mount.start():
        pytest.skip("no FUSE here")
    yield mount
    mount.end()


async def test_a_program_behind_a_mount_that_ends_and_is_started_again(
    demo_store: StateStore, mount: Mount
) -> None:
    async with opened(StateStore(demo_store.base_path.with_name("shown"))) as (pilot, screen):
        session_id = await at_titled(pilot, screen, TITLE)
        await at_titled(pilot, screen, OTHER)
        mount.kill()
        await until(pilot, lambda: "not connected" in str(screen.status.status.problem))
        screen.sidebar.set_filter(session_id)
        screen.sidebar.set_filter("")
        await until(pilot, lambda: screen.timeline.session_id is None)
        mount.end()
        assert mount.start()
        await is_shown_and_followed(pilot, screen, demo_store, session_id)
