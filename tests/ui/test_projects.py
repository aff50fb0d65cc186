"""Projects, as they are made and named on the screen."""

import sqlite3
from contextlib import closing

from textual.widgets import Input

from oxtui.store.projects.catalog import read_projects
from oxtui.store.state_store import StateStore
from oxtui.ui.dialogs.prompt import TextPrompt
from tests.ui.conftest import until
from tests.ui.dialogs.host import shown_by
from tests.ui.test_main import opened, toasts


def names(store: StateStore) -> set[str]:
    return {project.name for project in read_projects(store.base_path).projects}


async def test_a_new_project_is_there_at_once_and_can_be_taken_back(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store) as (pilot, screen):
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, TextPrompt))
        await pilot.press(*"billing", "enter")
        await until(pilot, lambda: "billing" in names(demo_store))
        await until(pilot, lambda: "Added the project billing. u undoes." in toasts(screen))
        assert "billing" in {project.name for project in screen.library.projects}
        await until(pilot, lambda: "billing" in shown_by(pilot.app))
        await pilot.press("u")
        await until(pilot, lambda: "billing" not in names(demo_store))


async def test_a_name_that_is_none_is_refused_where_it_is_typed(demo_store: StateStore) -> None:
    before = names(demo_store)
    async with opened(demo_store) as (pilot, _):
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, TextPrompt))
        await pilot.press("space", "enter")
        await until(pilot, lambda: pilot.app.screen.query(".field--note.-refused"))
        assert isinstance(pilot.app.screen, TextPrompt)
        assert names(demo_store) == before


async def test_r_on_a_project_renames_it(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        await pilot.press("g", "r")
        await until(pilot, lambda: isinstance(pilot.app.screen, TextPrompt))
        field = pilot.app.screen.query_one(Input)
        assert field.value == "api"
        field.value = "gateway"
        await pilot.press("enter")
        await until(pilot, lambda: "gateway" in names(demo_store))
        assert "api" not in names(demo_store)
        await until(pilot, lambda: "Renamed the project gateway." in toasts(screen))


async def test_a_project_that_can_not_be_added_is_said(demo_store: StateStore) -> None:
    before = names(demo_store)
    async with opened(demo_store) as (pilot, screen):
        with closing(sqlite3.connect(demo_store.base_path / "kernel.db")) as other:
            other.execute("begin exclusive")
            await pilot.press("n")
            await until(pilot, lambda: isinstance(pilot.app.screen, TextPrompt))
            await pilot.press(*"billing", "enter")
            await until(pilot, lambda: "kernel.db" in toasts(screen))
    assert names(demo_store) == before
