import pytest
from textual.widgets import Input

from oxtui.glyphs import ASCII
from oxtui.store.models import ProjectId
from oxtui.store.projects.catalog import Project
from oxtui.ui.dialogs.narrowing import ProjectChoice, narrowed
from oxtui.ui.dialogs.picker import ProjectPicker
from oxtui.ui.dialogs.row_list import RowList
from tests.ui.dialogs.host import HOSTILE, HOSTILE_SHOWN, is_safe, running


def project(name: str, icon: str = "") -> Project:
    return Project(ProjectId(f"id of {name}"), name, icon)


PROJECTS = [project("api", "🔧"), project("Rapid"), project("한국어"), project("website")]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", ["api", "Rapid", "한국어", "website", "Unfiled"]),
        ("  ", ["api", "Rapid", "한국어", "website", "Unfiled"]),
        ("API", ["api", "Rapid"]),
        ("ap", ["api", "Rapid", "New project “ap”"]),
        ("국", ["한국어", "New project “국”"]),
        ("un", ["Unfiled", "New project “un”"]),
        ("unfiled", ["Unfiled"]),
        (" new one ", ["New project “new one”"]),
        ("x" * 101, []),
        ("a\x1bb", []),
    ],
)
def test_typing_narrows(typed: str, names: list[str]) -> None:
    assert [target.name for target in narrowed(PROJECTS, typed)] == names


def test_a_name_matches_however_its_letters_are_composed() -> None:
    (first, *_) = narrowed([project("Cafe\u0301")], "caf\u00e9")
    assert first.choice.project_id == "id of Cafe\u0301"


def picker(current: str | None = None) -> ProjectPicker:
    return ProjectPicker(PROJECTS, {"id of api": 1_204, None: 4}, current, "3 sessions")


@pytest.mark.parametrize(
    ("keys", "choice"),
    [
        (["enter"], ProjectChoice(ProjectId("id of api"))),
        (["down", "enter"], ProjectChoice(ProjectId("id of Rapid"))),
        (["up", "enter"], ProjectChoice()),
        ([*"new", "enter"], ProjectChoice(new_name="new")),
        (["down", "tab", "tab", "enter"], ProjectChoice(ProjectId("id of Rapid"))),
        (["escape"], None),
        (["w", "tab", "enter"], None),
    ],
)
async def test_choosing(keys: list[str], choice: ProjectChoice | None) -> None:
    async with running(picker) as (app, pilot):
        await pilot.press(*keys)
        assert app.results == [choice]


async def test_the_cursor_begins_where_choosing_changes_something() -> None:
    async with running(lambda: picker("id of api")) as (app, pilot):
        assert "here" in app.shown()
        await pilot.press("enter")
        assert app.results == [ProjectChoice(ProjectId("id of Rapid"))]


async def test_a_name_that_no_project_can_have_is_refused_with_the_reason() -> None:
    async with running(picker) as (app, pilot):
        app.dialog.query_one(Input).value = "x" * 101
        await pilot.press("enter")
        assert "at most 100 characters" in app.shown()
        assert app.results == []


async def test_a_double_click_chooses() -> None:
    async with running(picker) as (app, pilot):
        await pilot.click(RowList, offset=(5, 3), times=2)
        assert app.results == [ProjectChoice(ProjectId("id of website"))]


async def test_hundreds_of_projects() -> None:
    projects = [project(f"project {n:03}") for n in range(500)]
    async with running(lambda: ProjectPicker(projects, {}, None, "1 session"), (40, 15)) as (
        app,
        pilot,
    ):
        await pilot.press("up")
        assert "Unfiled" in app.shown()
        await pilot.press(*"499")
        assert "project 499" in app.shown()
        await pilot.press("enter")
        assert app.results == [ProjectChoice(ProjectId("id of project 499"))]


@pytest.mark.parametrize("size", [(120, 40), (40, 15)])
async def test_hostile_names_are_only_text(size: tuple[int, int]) -> None:
    def make() -> ProjectPicker:
        return ProjectPicker([project(HOSTILE, "\x1b🔧")], {}, None, HOSTILE, glyphs=ASCII)

    async with running(make, size) as (app, _):
        assert HOSTILE_SHOWN in app.shown()
        assert is_safe(app.shown())
