"""`oxtui list`."""

import os
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

import click
from click.exceptions import Exit

from oxtui.cli.completing import complete_project
from oxtui.cli.output import (
    Column,
    emit_json_list,
    emit_table,
    is_terminal,
    json_option,
    say,
)
from oxtui.cli.target import store_base, store_option, telling_length
from oxtui.errors import NotFoundError, UnreadableError
from oxtui.store.layout import SESSIONS, SUFFIX
from oxtui.store.summaries.entries import SessionEntry
from oxtui.store.summaries.index import read_all
from oxtui.store.summaries.scan import newest_first
from oxtui.store.timestamps import local_time
from oxtui.units import age, plural

_ID_WIDTH: Final = 36  # of a UUID, as Oxios names its sessions


@click.command("list")
@click.option(
    "--project",
    metavar="P",
    help="Only of this project: an id, or a name.",
    shell_complete=complete_project,
)
@click.option("--unfiled", is_flag=True, help="Only of no project.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="Only the newest N.")
@json_option
@store_option
def list_command(project: str | None, unfiled: bool, limit: int | None, as_json: bool) -> None:
    """List the sessions, newest first."""
    if project is not None and unfiled:
        raise click.UsageError("--project and --unfiled exclude each other.")
    base = store_base()
    found = read_all(base)
    entries = newest_first(e for e in found if isinstance(e, SessionEntry))
    wanted = _of_project(base, entries, project, unfiled=unfiled)[:limit]
    if as_json:
        folder = f"{base.absolute() / SESSIONS}{os.sep}"
        emit_json_list(_summary_json(folder, entry) for entry in wanted)
    else:
        _emit(base, wanted, [entry.session_id for entry in found])
    if unreadable := len(found) - len(entries):
        say(f"{plural(unreadable, 'file')} can't be read as a session; `oxtui check` says why.")
    if not wanted:
        if not unreadable:
            say("There are no sessions here.")
        raise Exit(1)


def _summary_json(folder: str, entry: SessionEntry) -> dict[str, object]:
    """A session as `state_store.rs: SessionSummary` is written, with `file` and `bytes`."""
    summary = entry.summary
    fields: dict[str, object] = {
        "id": summary.id,
        "user_id": summary.user_id,
        "message_count": summary.message_count,
        "title": summary.title,
        "active_seed_id": summary.active_seed_id,
        "project_id": summary.project_id,
        "created_at": summary.created_at.text,
        "updated_at": summary.updated_at.text,
        "file": f"{folder}{entry.session_id}{SUFFIX}",
        "bytes": entry.identity.size,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _of_project(
    base: Path, entries: list[SessionEntry], project: str | None, *, unfiled: bool
) -> list[SessionEntry]:
    if unfiled:
        return [entry for entry in entries if entry.summary.project_id is None]
    if project is None:
        return entries
    project_id = _project_id(base, entries, project)
    return [entry for entry in entries if entry.summary.project_id == project_id]


def _project_id(base: Path, entries: Iterable[SessionEntry], project: str) -> str:
    """The project that is meant, which may be known only by the sessions that name it."""
    from oxtui.store.projects.catalog import read_projects, resolve_project

    try:
        return resolve_project(read_projects(base), project)
    except (NotFoundError, UnreadableError):
        if any(entry.summary.project_id == project for entry in entries):
            return project
        raise


def _emit(base: Path, entries: list[SessionEntry], ids: Collection[str]) -> None:
    from oxtui.store.projects.catalog import read_projects

    catalog = read_projects(base)
    names: dict[str, str] = {p.project_id: p.name for p in catalog.projects}
    now = time.time_ns()
    terminal = is_terminal()
    length = telling_length(ids) if terminal else None
    emit_table(
        (Column("ID", widest=_ID_WIDTH), Column("AGE" if terminal else "UPDATED"),
         Column("TURNS", right=True), Column("PROJECT", most=20), Column("TITLE")),
        (
            (
                entry.session_id[:length],
                age(now - s.updated_at.ns) if terminal else local_time(s.updated_at),
                str(s.message_count),
                names.get(s.project_id, s.project_id) if s.project_id is not None else "",
                s.title or "",
            )
            for entry in entries
            if (s := entry.summary)
        ),
    )  # fmt: skip
    if catalog.problem:
        say(catalog.problem)
