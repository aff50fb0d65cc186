"""Exporting a session: where to, what is refused, and what becomes of a file that is there."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from oxtui.errors import WriteFailedError
from oxtui.export.writing import write_export
from oxtui.ui.dialogs.confirm import Confirm
from oxtui.ui.dialogs.export import ExportDialog
from tests.ui.conftest import until
from tests.ui.dialogs.host import HOSTILE, HOSTILE_SHOWN, Host, is_safe, running

CONTENT = b"# A session\n"


async def write(path: Path, replace: bool) -> int:
    write_export(path, CONTENT, replace=replace)
    return len(CONTENT)


@pytest.fixture
def make(tmp_path: Path) -> Callable[[], ExportDialog]:
    return lambda: ExportDialog("A session", "a-session.md", tmp_path, write)


async def type_in(app: Host, pilot: Pilot[None], text: str) -> None:
    app.dialog.query_one(Input).value = text
    await pilot.press("enter")


async def test_enter_writes_it_under_the_name_that_is_there(
    make: Callable[[], ExportDialog], tmp_path: Path
) -> None:
    async with running(make) as (app, pilot):
        assert "a-session.md" in app.shown()
        await pilot.press("enter")
        await until(pilot, lambda: app.results)
        assert app.results == [(tmp_path / "a-session.md", len(CONTENT))]
        assert (tmp_path / "a-session.md").read_bytes() == CONTENT


@pytest.mark.parametrize("keys", [["escape"], ["tab", "enter"]])
async def test_nothing_is_written_without_enter(
    make: Callable[[], ExportDialog], tmp_path: Path, keys: list[str]
) -> None:
    async with running(make) as (app, pilot):
        await pilot.press(*keys)
        assert app.results == [None]
        assert not (tmp_path / "a-session.md").exists()


async def test_another_folder(make: Callable[[], ExportDialog], tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    async with running(make) as (app, pilot):
        await type_in(app, pilot, str(tmp_path / "sub" / "x.json"))
        await until(pilot, lambda: app.results)
        assert (tmp_path / "sub" / "x.json").exists()


async def test_the_home_folder(
    make: Callable[[], ExportDialog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "mine"))
    async with running(make) as (app, pilot):
        await type_in(app, pilot, "~/x.html")
        await until(pilot, lambda: app.results)
        assert (tmp_path / "mine" / "x.html").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "It needs a name."),
        ("   ", "It needs a name."),
        ("a.txt", "has to end in .md, .html or .json"),
        ("no/such/folder/a.md", "There is no folder"),
        ("~nobody-of-this-name/a.md", "There is no folder"),
        ("x" * 300 + ".md", "too long"),
        ("folder.md", "is a folder"),
    ],
)
async def test_what_is_wrong_is_said_at_the_field(
    make: Callable[[], ExportDialog], tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "folder.md").mkdir()
    async with running(make, (120, 40)) as (app, pilot):
        await type_in(app, pilot, text)
        await until(pilot, lambda: said in app.shown())
        assert app.results == []
        assert isinstance(app.focused, Input)
        await type_in(app, pilot, "right.md")
        await until(pilot, lambda: app.results)


async def test_what_failed_once_may_be_tried_again(tmp_path: Path) -> None:
    tries: list[Path] = []

    async def fail_first(path: Path, replace: bool) -> int:
        tries.append(path)
        if len(tries) == 1:
            raise WriteFailedError("No space left on device.")
        return await write(path, replace)

    async with running(lambda: ExportDialog("A", "a.md", tmp_path, fail_first)) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: "No space left on device." in app.shown())
        await pilot.press("enter")
        await until(pilot, lambda: app.results)
        assert len(tries) == 2


async def test_a_file_that_is_there_is_asked_about_and_cancel_has_the_focus(
    make: Callable[[], ExportDialog], tmp_path: Path
) -> None:
    target = tmp_path / "a-session.md"
    target.write_text("mine")
    async with running(make) as (app, pilot):
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is app.dialog)
        assert target.read_text() == "mine"
        assert app.results == []
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: app.results)
        assert target.read_bytes() == CONTENT


async def test_hostile_titles_and_names_are_only_text(tmp_path: Path) -> None:
    async def refuse(path: Path, replace: bool) -> int:
        raise WriteFailedError(f"{path}: {HOSTILE}")

    def make() -> ExportDialog:
        return ExportDialog(HOSTILE, HOSTILE + ".md", tmp_path, refuse)

    async with running(make, (120, 40)) as (app, pilot):
        assert HOSTILE_SHOWN in app.shown()
        assert is_safe(app.shown())
        await type_in(app, pilot, "[/x].md")
        await until(pilot, lambda: app.shown().count(HOSTILE_SHOWN) > 1)
        assert is_safe(app.shown())


async def test_it_fits_a_small_screen(make: Callable[[], ExportDialog]) -> None:
    async with running(make, (40, 12)) as (app, _):
        shown = app.shown()
        assert "a-session.md" in shown
        assert "Write" in shown
