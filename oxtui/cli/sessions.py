"""`oxtui move`, `oxtui rename` and `oxtui delete`."""

import asyncio

import click

from oxtui.cli.acting import emit_report, find_sessions, writable_store
from oxtui.cli.completing import complete_project, complete_session
from oxtui.cli.output import json_option
from oxtui.cli.target import find_session_to_change, store_option
from oxtui.errors import InvalidValueError
from oxtui.store.acts import Acts
from oxtui.store.projects.catalog import NO_PROJECT, read_projects, resolve_project
from oxtui.store.state_store import StateStore


@click.command("move")
@click.argument(
    "sessions", metavar="SESSION...", nargs=-1, required=True, shell_complete=complete_session
)
@click.option(
    "--project",
    metavar="P",
    help="To this project: an id, or a name.",
    shell_complete=complete_project,
)
@click.option("--unfiled", is_flag=True, help="Out of any project.")
@json_option
@store_option
def move_command(
    sessions: tuple[str, ...], project: str | None, unfiled: bool, as_json: bool
) -> None:
    """Move sessions to a project.

    Prints the ids of those that were moved. A session is named by its id, or by the start of its
    id.
    """
    if (project is None) is not unfiled:
        raise click.UsageError("Say where to: --project P or --unfiled")
    store = writable_store()
    project_id, name = _destination(store, project)
    ids, failures = find_sessions(store, sessions)
    report = asyncio.run(Acts(store).move(ids, project_id, name))
    emit_report(report, None, failures, as_json=as_json)


def _destination(store: StateStore, project: str | None) -> tuple[str | None, str]:
    if project is None:
        return None, NO_PROJECT
    catalog = read_projects(store.base_path)
    project_id = resolve_project(catalog, project)
    names = (p.name for p in catalog.projects if p.project_id == project_id)
    return project_id, next(names, project_id)


@click.command("rename")
@click.argument("session", shell_complete=complete_session)
@click.argument("title")
@json_option
@store_option
def rename_command(session: str, title: str, as_json: bool) -> None:
    """Give a session a title.

    An empty one gives it back that of its first message.
    """
    if any("\ud800" <= character <= "\udfff" for character in title):
        raise InvalidValueError("The title is not UTF-8.")
    store = writable_store()
    session_id = find_session_to_change(store.base_path, session)
    report = asyncio.run(Acts(store).rename(session_id, title))
    emit_report(report, None, (), as_json=as_json)


@click.command("delete")
@click.argument(
    "sessions", metavar="SESSION...", nargs=-1, required=True, shell_complete=complete_session
)
@json_option
@store_option
def delete_command(sessions: tuple[str, ...], as_json: bool) -> None:
    """Move sessions to the trash.

    Prints the ids of those that were moved. `oxtui undo` and `oxtui trash restore` bring them back.
    """
    store = writable_store()
    ids, failures = find_sessions(store, sessions)
    report = asyncio.run(Acts(store).delete(ids))
    emit_report(report, None, failures, as_json=as_json)
