"""Projects, as they are made and named on the screen."""

import os
import sqlite3
from contextlib import closing

from textual.widgets import Input

from oxtui.store.projects.catalog import read_projects
from oxtui.store.state_store import StateStore
from oxtui.ui.dialogs.prompt import TextPrompt
from tests.store.projects.oxios_db import another_process, have_run
from tests.ui.conftest import app_on, main_screen, until
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


def in_rollback_mode(store: StateStore) -> None:
    """The database as one that a lock keeps others from reading."""
    with closing(sqlite3.connect(store.base_path / "kernel.db")) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


async def test_names_stay_while_the_database_is_locked_and_are_looked_at_again_soon(
    demo_store: StateStore,
) -> None:
    in_rollback_mode(demo_store)
    path = demo_store.base_path / "kernel.db"
    async with opened(demo_store) as (pilot, screen):
        before = {project.name for project in screen.library.projects}
        with another_process(path, "BEGIN EXCLUSIVE") as process:
            os.utime(path)
            await until(pilot, lambda: "is locked" in str(screen.status.status.problem))
            assert {project.name for project in screen.library.projects} == before
            assert screen.status.status.projects == len(before)
            have_run(process, "ROLLBACK;")
            await until(pilot, lambda: screen.status.status.problem is None)
        assert {project.name for project in screen.library.projects} == before


async def test_names_come_when_the_lock_ends_that_was_there_at_the_start(
    demo_store: StateStore,
) -> None:
    in_rollback_mode(demo_store)
    app = app_on(demo_store.base_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = main_screen(app)
        path = demo_store.base_path / "kernel.db"
        with another_process(path, "BEGIN EXCLUSIVE") as process:
            os.utime(path)
            await until(pilot, lambda: "is locked" in str(screen.status.status.problem))
            have_run(process, "ROLLBACK;")
            await until(pilot, lambda: screen.status.status.problem is None)
        assert "api" in {project.name for project in screen.library.projects}
        await until(pilot, lambda: "api" in shown_by(app))


async def test_a_project_with_two_rows_is_renamed_and_taken_back(demo_store: StateStore) -> None:
    path = demo_store.base_path / "kernel.db"
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT id, name, emoji FROM projects ORDER BY name").fetchall()
        connection.execute("DROP TABLE projects")
        connection.execute("CREATE TABLE projects (id, name, emoji, updated_at)")
        twice = [(*rows[0], 1), (rows[0][0], "api too", "", 2), *((*row, 3) for row in rows[1:])]
        connection.executemany("INSERT INTO projects VALUES (?, ?, ?, ?)", twice)
        connection.commit()

    def stored() -> list[tuple[str, str, str, object]]:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("SELECT * FROM projects ORDER BY rowid").fetchall()

    async with opened(demo_store) as (pilot, screen):
        before = stored()
        await pilot.press("g", "r")
        await until(pilot, lambda: isinstance(pilot.app.screen, TextPrompt))
        pilot.app.screen.query_one(Input).value = "gateway"
        await pilot.press("enter")
        await until(pilot, lambda: "Renamed the project gateway." in toasts(screen))
        assert [row[1] for row in stored()[:2]] == ["gateway", "gateway"]
        await pilot.press("u")
        await until(pilot, lambda: stored() == before)
