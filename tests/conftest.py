"""What every test can lean on: paths of its own, and a store that only it uses."""

import signal
from pathlib import Path

import pytest
from hypothesis import settings

from oxtui.store.models import Session
from oxtui.store.state_store import StateStore

# A test that is slow on a busy machine is no failure; pytest-timeout watches over all of them.
settings.register_profile("oxtui", deadline=None)
settings.load_profile("oxtui")

# Who runs in the background may be started with interrupts ignored, and would pass that on.
signal.signal(signal.SIGINT, signal.default_int_handler)

PARITY = Path(__file__).parent / "parity"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own, so that nobody's real settings are read or written."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("OXTUI_STORE", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def store(tmp_path: Path) -> StateStore:
    """An empty store."""
    base = tmp_path / "store"
    base.mkdir()
    return StateStore(base)


def session_named(session_id: str, **fields: object) -> Session:
    """A session as a test needs it."""
    values: dict[str, object] = {
        "id": session_id,
        "user_id": "default",
        "created_at": "2026-08-22T14:34:52.123456789Z",
        "updated_at": "2026-08-22T14:34:52.123456789Z",
    }
    return Session.model_validate(values | fields)
