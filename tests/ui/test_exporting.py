"""The session that is shown becomes a document, on the demo store."""

import json
from pathlib import Path

import pytest
from textual.widgets import Input

from oxtui.store.state_store import StateStore
from oxtui.ui.dialogs.export import ExportDialog
from tests.ui.conftest import until
from tests.ui.test_tools import reading, toasts


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "documents"
    made.mkdir()
    monkeypatch.chdir(made)
    return made


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_as_markdown_in_the_current_folder(demo_store: StateStore, folder: Path) -> None:
    async with reading(demo_store) as (app, pilot, screen):
        session_id = screen.timeline.session_id
        assert session_id is not None
        await pilot.press("X")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        (written,) = files(folder)
        assert written.suffix == ".md"
        title = screen.library.entries[session_id].summary.title
        assert written.read_text().startswith(f"# {title}\n")
        await until(pilot, lambda: written.name[:10] in toasts(screen))


@pytest.mark.parametrize("ending", ["json", "html"])
async def test_the_ending_chooses(demo_store: StateStore, folder: Path, ending: str) -> None:
    async with reading(demo_store) as (app, pilot, screen):
        session_id = screen.timeline.session_id
        assert session_id is not None
        await pilot.press("X")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        app.screen.query_one(Input).value = f"x.{ending}"
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        content = (folder / f"x.{ending}").read_bytes()
        if ending == "json":
            assert content == demo_store.session_path(session_id).read_bytes()
            assert json.loads(content)["id"] == session_id
        else:
            assert content.startswith(b"<!DOCTYPE html>")


async def test_nothing_is_written_into_the_store(demo_store: StateStore, folder: Path) -> None:
    (folder / "link").symlink_to(demo_store.base_path / "sessions")
    before = sorted((demo_store.base_path / "sessions").iterdir())
    async with reading(demo_store) as (app, pilot, _):
        await pilot.press("X")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        app.screen.query_one(Input).value = "link/x.json"
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.query(".field--note.-refused"))
        assert isinstance(app.screen, ExportDialog)
    assert sorted((demo_store.base_path / "sessions").iterdir()) == before


async def test_a_session_that_went_is_said_to_have(demo_store: StateStore, folder: Path) -> None:
    async with reading(demo_store) as (app, pilot, screen):
        session_id = screen.timeline.session_id
        assert session_id is not None
        await pilot.press("X")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        demo_store.session_path(session_id).unlink()
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.query(".field--note.-refused"))
        assert files(folder) == []
