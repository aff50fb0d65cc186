"""`oxtui check`: what is wrong in a store."""

import time
from collections.abc import Iterable
from pathlib import Path

import click
import msgspec
from click.exceptions import Exit

from oxtui.cli.output import emit, emit_json, json_option
from oxtui.cli.target import store_base, store_option
from oxtui.errors import UnreadableError
from oxtui.locations import config_path
from oxtui.sanitize import sanitize
from oxtui.store.layout import SESSIONS, session_file
from oxtui.store.locking import OWN_FILES
from oxtui.store.own_folder import own_path, what_is_not_ours
from oxtui.store.projects.catalog import ProjectCatalog, read_projects
from oxtui.store.prune import LIVE_NS
from oxtui.store.refusals import explained
from oxtui.store.settings import read_settings
from oxtui.store.summaries.entries import SessionEntry, UnreadableEntry
from oxtui.store.summaries.scan import scan
from oxtui.store.temp_names import saved_of
from oxtui.store.trash import Trash
from oxtui.units import plural, size, span

_TEMPORARY = ".tmp"
_SAVED = ".saved"
_Place = tuple[Path, str]  # a folder, and how names in it have to begin


class _Finding(msgspec.Struct, frozen=True):
    """Something wrong with a file, as a line and as JSON."""

    file: str
    line: str
    fields: dict[str, object]

    def to_json(self) -> dict[str, object]:
        return {"file": self.file, **self.fields}


@click.command("check")
@json_option
@store_option
def check_command(as_json: bool) -> None:
    """Look for what is wrong in a store.

    Files that can't be read, ids that differ from the names of their files, sessions of unknown
    projects or dated in the future, temp files that a save left behind, and what another program
    wrote that oxtui kept beside its file when a crash came in between. Ends with 1 if there are
    any.
    """
    base, now_ns = store_base(), time.time_ns()
    config = config_path(base)
    places = [(base / SESSIONS, ""), (base / "projects", ""), (config.parent, config.name)]
    found = sorted(scan(base / SESSIONS, {}), key=lambda entry: entry.session_id)
    sessions = [entry for entry in found if isinstance(entry, SessionEntry)]
    projects = read_projects(base)
    findings = {
        "unreadable": [_unreadable(e) for e in found if isinstance(e, UnreadableEntry)],
        "other_ids": [_other_id(e) for e in sessions if e.summary.id != e.session_id],
        "unknown_projects": list(_unknown_projects(sessions, projects)),
        "dated_ahead": list(_dated_ahead(sessions, now_ns)),
        "temp_files": list(_temp_files(places, now_ns)),
        "saved_files": list(_saved_files(places, now_ns)),
    }
    problems = [p for p in (projects.problem, read_settings(config).problem) if p]
    problems += _not_ours(base)
    if as_json:
        lists = {name: [each.to_json() for each in many] for name, many in findings.items()}
        emit_json({"sessions": len(sessions), **lists, "problems": problems})
    else:
        for many in findings.values():
            for finding in many:
                emit(f"{sanitize(finding.file)}: {sanitize(finding.line)}")
        for problem in problems:
            emit(sanitize(problem))
        count = sum(map(len, findings.values())) + len(problems)
        result = f"{plural(count, 'problem')}" if count else "nothing wrong"
        emit(f"{plural(len(sessions), 'session')}, {result}.")
    if problems or any(findings.values()):
        raise Exit(1)


def _not_ours(base: Path) -> list[str]:
    """What lies where oxtui keeps its own, and is left alone."""
    trash = Trash(base)
    left_alone = [
        f"{trash.folder / name} is no entry of the trash, and is left alone."
        for name in trash.left_alone()
    ]
    try:
        trash.entries()
        return [f"{said}." for said in what_is_not_ours(base, OWN_FILES)] + left_alone
    except OSError as error:
        return [f"{own_path(base)} can't be looked at: {explained(error)}"]
    except UnreadableError as error:
        return [error.message]


def _unreadable(entry: UnreadableEntry) -> _Finding:
    return _Finding(
        session_file(entry.session_id),
        f"can't be read: {entry.reason}",
        {"id": entry.session_id, "reason": entry.reason, "bytes": entry.identity.size},
    )


def _other_id(entry: SessionEntry) -> _Finding:
    inside = entry.summary.id
    return _Finding(
        session_file(entry.session_id),
        f"says in it that its id is {inside}",
        {"id": entry.session_id, "id_inside": inside},
    )


def _unknown_projects(
    sessions: Iterable[SessionEntry], catalog: ProjectCatalog
) -> Iterable[_Finding]:
    known = {project.project_id for project in catalog.projects}
    for entry in sessions:
        project_id = entry.summary.project_id
        if project_id is None or catalog.is_unread(project_id):
            continue
        if project_id not in known:
            yield _Finding(
                session_file(entry.session_id),
                f"belongs to a project that is not known: {project_id or '(without a name)'}",
                {"id": entry.session_id, "project_id": project_id},
            )


def _dated_ahead(sessions: Iterable[SessionEntry], now_ns: int) -> Iterable[_Finding]:
    """Sessions that were written when a clock was wrong, or are read while one is."""
    for entry in sessions:
        ahead_ns = entry.summary.updated_at.ns - now_ns
        if ahead_ns >= LIVE_NS:
            yield _Finding(
                session_file(entry.session_id),
                f"is dated {span(ahead_ns)} in the future; a clock is or was wrong",
                {"id": entry.session_id, "updated_at": entry.summary.updated_at.text},
            )


def _temp_files(places: Iterable[_Place], now_ns: int) -> Iterable[_Finding]:
    """Files that a save left behind, the oldest first; one that is just being saved may be here."""
    for file, age_ns, count in _left_in(places, _TEMPORARY, now_ns):
        yield _Finding(
            file,
            f"is left from a save, {span(age_ns)} old, {size(count)}",
            {"age_s": max(0, age_ns) // 1_000_000_000, "bytes": count},
        )


def _saved_files(places: Iterable[_Place], now_ns: int) -> Iterable[_Finding]:
    """What another program had written when oxtui was ended in the middle of a write."""
    for file, age_ns, count in _left_in(places, _SAVED, now_ns):
        of = saved_of(Path(file).name)
        if of is not None:
            yield _Finding(
                file,
                f"is what another program had written to {of} {span(age_ns)} ago, {size(count)};"
                " look whether it is all in there, then remove it",
                {"of": of, "age_s": max(0, age_ns) // 1_000_000_000, "bytes": count},
            )


def _left_in(places: Iterable[_Place], ending: str, now_ns: int) -> list[tuple[str, int, int]]:
    """Files with an ending, the oldest first: the path in the store, nanoseconds old, bytes."""
    found: list[tuple[int, str, int]] = []
    for folder, start in places:
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name.startswith(start) and path.name.endswith(ending):
                try:
                    status = path.lstat()
                except FileNotFoundError:
                    continue
                file = f"{folder.name}/{path.name}"
                found.append((now_ns - status.st_mtime_ns, file, status.st_size))
    return [(file, age_ns, count) for age_ns, file, count in sorted(found, reverse=True)]
