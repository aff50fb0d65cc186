"""`oxtui projects`."""

import asyncio
from collections import Counter

import click
from click.exceptions import Exit

from oxtui.cli.acting import open_acts, open_store, writable_store
from oxtui.cli.completing import complete_project
from oxtui.cli.output import Column, emit, emit_json, emit_table, json_option, say
from oxtui.cli.program import DefaultGroup
from oxtui.cli.target import store_option
from oxtui.sanitize import sanitize
from oxtui.store.acts import Acts
from oxtui.store.projects.catalog import ProjectChange, read_projects, resolve_project
from oxtui.store.summaries.entries import SessionEntry
from oxtui.store.summaries.index import read_all

projects_command = store_option(
    DefaultGroup("projects", default="list", help="List the projects, add or rename one.")
)


@projects_command.command("list")
@json_option
@store_option
def list_command(as_json: bool) -> None:
    """List the projects with the number of their sessions."""
    store = open_store()
    catalog = read_projects(store.base_path)
    counts = Counter(
        entry.summary.project_id
        for entry in read_all(store.base_path)
        if isinstance(entry, SessionEntry)
    )
    if as_json:
        emit_json(
            [
                {
                    "id": project.project_id,
                    "name": project.name,
                    "icon": project.icon,
                    "count": counts[project.project_id],
                }
                for project in catalog.projects
            ]
        )
    else:
        emit_table(
            (Column("ID"), Column("SESSIONS", right=True), Column("NAME")),
            [(p.project_id, str(counts[p.project_id]), p.name) for p in catalog.projects],
        )
    if catalog.problem:
        say(catalog.problem)
    elif not catalog.projects:
        say("There are no projects; `oxtui projects add NAME` makes one.")
    if catalog.problem or not catalog.projects:
        raise Exit(1)


@projects_command.command("add")
@click.argument("name")
@click.option("--icon", default="", help="An emoji, or one of Oxios' names of icons.")
@json_option
@store_option
def add_command(name: str, icon: str, as_json: bool) -> None:
    """Add a project, and print its id."""
    _emit_change(asyncio.run(open_acts().add_project(name, icon)), as_json=as_json)


@projects_command.command("rename")
@click.argument("project", metavar="P", shell_complete=complete_project)
@click.argument("name")
@json_option
@store_option
def rename_command(project: str, name: str, as_json: bool) -> None:
    """Give a project, named by its id or its name, another name."""
    store = writable_store()
    project_id = resolve_project(read_projects(store.base_path), project)
    change = asyncio.run(Acts(store).rename_project(project_id, name))
    _emit_change(change, as_json=as_json)


def _emit_change(change: ProjectChange, *, as_json: bool) -> None:
    if as_json:
        emit_json({"id": change.project, "name": change.new_name, "remark": change.remark})
        return
    emit(f"{sanitize(change.project)}  {sanitize(change.new_name or '')}")
    if change.remark:
        emit(change.remark)
