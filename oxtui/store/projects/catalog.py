"""The projects of a store: their names, icons and order; adding and renaming them.

They are in Oxios' database where there is one with a table of projects, `kernel.db` or the older
`memory.db`, else in files of the store's own. Oxios reads its table once, when it starts, and may
write over a row that it holds.
"""

import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec
from msgspec import structs

from oxtui.errors import ChangedError, InvalidValueError, NotFoundError, UnreadableError
from oxtui.sanitize import sanitize
from oxtui.store.names import folded
from oxtui.store.noting import Noting, unnoted
from oxtui.store.projects import database, files
from oxtui.store.projects.icons import GENERIC_ICON, icon_of, known_icon
from oxtui.store.timestamps import Timestamp
from oxtui.store.values import ProjectId

LONGEST_NAME: Final = 100
"""The most characters that a name of a project given here may have."""

NO_PROJECT: Final = "Unfiled"
"""What sessions without a project are in, for the user."""

RESTART_REMARK: Final = "A running Oxios shows it after its next start."

_COLUMNS: Final = ("id", "name", "emoji")
_LISTED: Final = 8
_NO_CHANGE: Final = "It is no change of a project that oxtui makes."


class ProjectStorage(StrEnum):
    """Where the projects of a store are; the value is the file's or folder's name."""

    KERNEL_DB = "kernel.db"
    MEMORY_DB = "memory.db"
    FILES = files.FOLDER


_DATABASES: Final = (ProjectStorage.KERNEL_DB, ProjectStorage.MEMORY_DB)
_ENDINGS: Final = ("", "-wal", "-journal")  # of the files that tell of what is in a database


class Project(msgspec.Struct, frozen=True):
    """A project that sessions can belong to.

    Attributes:
        project_id: Its identity, in Oxios a UUID.
        name: Its name, as written.
        icon: An emoji to show before the name; empty for none.
        stored_icon: What is stored for the icon: an emoji, or a name such as `wrench`.
    """

    project_id: ProjectId
    name: str
    icon: str = ""
    stored_icon: str = ""


class ProjectCatalog(msgspec.Struct, frozen=True):
    """All projects of a store, as far as they could be read.

    Attributes:
        projects: By name, as Oxios lists them.
        storage: Where they are kept, or would be.
        source: The file or folder that was read; None if there is none yet.
        problem: What could not be read and why, a sentence for the user; None if all could.
        unread: The projects that could not be read; None for all that there may be.
    """

    projects: tuple[Project, ...]
    storage: ProjectStorage
    source: Path | None = None
    problem: str | None = None
    unread: frozenset[ProjectId] | None = frozenset()

    def is_unread(self, project_id: str) -> bool:
        """Whether there may be this project, but it could not be read."""
        return self.unread is None or project_id in self.unread

    def with_names_of(self, earlier: "ProjectCatalog") -> "ProjectCatalog":
        """This catalog, with what was known earlier of what could not be read now."""
        if self.problem is None:
            return self
        known = {project.project_id for project in self.projects}
        kept = (p for p in earlier.projects if p.project_id not in known)
        still = (p for p in kept if self.is_unread(p.project_id))
        return structs.replace(self, projects=_sorted([*self.projects, *still]))


class ProjectChange(msgspec.Struct, frozen=True):
    """What an act did to a project: enough to take it back, and to write into a journal as JSON.

    Attributes:
        project: The project's id.
        storage: Where it is kept.
        old_name: Its name before; None if there was no such project.
        new_name: Its name after; None if there is no such project any more.
        before: What was stored before, as far as it changed; None for nothing.
        after: What is stored after, as far as it changed; None for nothing.
        rows: Where a database has several rows of the project, what changed in each.
    """

    project: str
    storage: ProjectStorage
    old_name: str | None
    new_name: str | None
    before: database.Row | None
    after: database.Row | None
    rows: tuple[database.RowChange, ...] = ()

    @property
    def project_id(self) -> ProjectId:
        """The project."""
        return ProjectId(self.project)

    @property
    def remark(self) -> str | None:
        """What the user must know about it: that Oxios keeps its own copy, where it does."""
        return None if self.storage is ProjectStorage.FILES else RESTART_REMARK

    @property
    def inverse(self) -> "ProjectChange":
        """The change that takes this one back."""
        return structs.replace(
            self,
            old_name=self.new_name,
            new_name=self.old_name,
            before=self.after,
            after=self.before,
            rows=tuple(row.inverse for row in self.rows),
        )


def read_projects(base: Path) -> ProjectCatalog:
    """The projects of the store in `base`; never raises over what it finds there.

    By name, which is the order of Oxios' own query: the order of the rows means nothing, since
    older versions replace a row, and so move it to the end, whenever its project is used.
    """
    for storage in _DATABASES:
        path = base / storage
        try:
            rows = database.read_rows(path, _COLUMNS)
        except FileNotFoundError:
            continue
        except UnreadableError as error:
            problem = f"{path.name} {error.message}, so its projects cannot be read."
            return ProjectCatalog((), storage, path, problem, unread=None)
        if rows is not None:
            return ProjectCatalog(_sorted(_from_rows(rows)), storage, path)
    return _read_files(base)


def add_project(
    base: Path, name: str, icon: str = "", noting: Noting[ProjectChange] = unnoted
) -> ProjectChange:
    """Adds a project to where the store keeps them, under a new id.

    Args:
        base: The folder of the store.
        name: Its name, which no other project has.
        icon: An emoji or one of Oxios' names of icons; empty for the generic one.
        noting: Entered right before it is added, and left when it is.

    Raises:
        InvalidValueError: The name or the icon cannot be used.
        OxtuiError: The database or the folder cannot be written; nothing was.
    """
    name = valid_project_name(name)
    if icon and known_icon(icon) is None:
        raise InvalidValueError(f"“{sanitize(icon)}” is neither an emoji nor an icon's name.")
    project_id, icon, storage = str(uuid4()), icon or GENERIC_ICON, _storage(base)
    now = Timestamp.now().text

    def change(after: database.Row | None) -> ProjectChange:
        return ProjectChange(project_id, storage, None, name, None, after)

    if storage is ProjectStorage.FILES:
        _refuse_taken(base, project_id, name)
        fields = {"id": project_id, "name": name, "icon": icon}
        fields |= {"created_at": now, "updated_at": now}
        path = files.file_of(base, project_id)
        text = files.create_project(
            path, fields, lambda states: noting(change(_content(states[1])))
        )
        return change(_content(text))
    row = _new_row(project_id, name, icon, _sql_time(now))
    return change(
        database.insert_row(base / storage, row, lambda states: noting(change(states[1])))
    )


def rename_project(
    base: Path, project_id: str, name: str, noting: Noting[ProjectChange] = unnoted
) -> ProjectChange:
    """Gives a project another name; `noting` as in `add_project`.

    Raises:
        InvalidValueError: The name cannot be used.
        NotFoundError: There is no such project.
        OxtuiError: The database or the file cannot be written; nothing was.
    """
    name = valid_project_name(name)
    now, storage = Timestamp.now().text, _storage(base)

    def change(before: database.Row | None, after: database.Row | None) -> ProjectChange:
        old_name = _name_in(before, storage)
        return ProjectChange(str(project_id), storage, old_name, name, before, after)

    if storage is ProjectStorage.FILES:
        path = files.file_of(base, project_id)
        _refuse_taken(base, project_id, name)
        texts = files.change_project(
            path,
            {"name": name, "updated_at": now},
            lambda states: noting(change(*map(_content, states))),
        )
        return change(*map(_content, texts))

    def of_rows(rows: list[database.RowChange]) -> ProjectChange:
        made = change(rows[0].before, rows[0].after)
        return structs.replace(made, rows=tuple(rows)) if len(rows) > 1 else made

    values: database.Row = {"name": name, "updated_at": _sql_time(now)}
    path = base / storage
    return of_rows(
        database.change_rows(path, project_id, values, lambda rows: noting(of_rows(rows)))
    )


def is_as_before(base: Path, change: ProjectChange) -> bool:
    """Whether a project is as it was before a change.

    Raises:
        OxtuiError: The database or the file cannot be read.
    """
    if change.storage is ProjectStorage.FILES:
        return files.content_of(files.file_of(base, change.project)) == _text(change.before)
    path = base / change.storage
    try:
        if change.rows:
            before = ((row.rowid, row.before) for row in change.rows)
            return database.rows_are(path, change.project, before)
        return database.row_is(path, change.project, change.before)
    except UnreadableError as error:
        raise UnreadableError(f"{change.storage} {error.message}.") from error


def undo_project_change(base: Path, change: ProjectChange) -> ProjectChange:
    """Takes a change back.

    Returns:
        What this did, which can be undone in turn.

    Raises:
        ChangedError: The project is not as the change left it, or its old name is taken.
        InvalidValueError: It is no change that oxtui makes.
        OxtuiError: The database or the file cannot be written; nothing was.
    """
    undo = change.inverse
    if undo.before is None and undo.after is not None and change.storage in _DATABASES:
        _check_row(undo.after, change.project)
    if change.storage is ProjectStorage.FILES:
        if undo.new_name is not None and _is_taken(base, change.project, undo.new_name):
            raise ChangedError(f"Another project is called “{sanitize(undo.new_name)}” now.")
        path = files.file_of(base, change.project)
        files.exchange_content(path, _text(undo.before), _text(undo.after))
    elif undo.rows:
        database.exchange_rows(base / change.storage, change.project, undo.rows)
    else:
        database.exchange_row(base / change.storage, change.project, undo.before, undo.after)
    return undo


def valid_project_name(text: str) -> str:
    """A name as it would be stored: without space around it.

    Raises:
        InvalidValueError: It is empty, too long, or holds what cannot be shown.
    """
    name = text.strip()
    if not name:
        raise InvalidValueError("A project needs a name.")
    if len(name) > LONGEST_NAME:
        raise InvalidValueError(f"A name has at most {LONGEST_NAME} characters.")
    if sanitize(name) != name:
        raise InvalidValueError("The name holds characters that cannot be shown.")
    return name


def resolve_project(catalog: ProjectCatalog, text: str) -> ProjectId:
    """The project that `text` means: an id, or a name that only one project has.

    A name is first compared as it is, then without regard to case. Where projects could not be
    read, an id is taken as it is.

    Raises:
        NotFoundError: None has it.
        InvalidValueError: Several have it.
        UnreadableError: That is not known, since not all projects could be read.
    """
    for same in (str, folded):
        wanted = same(text)
        found = [p for p in catalog.projects if wanted in (same(p.project_id), same(p.name))]
        ids = list(dict.fromkeys(project.project_id for project in found))
        if len(ids) == 1:
            return ids[0]
        if ids:
            raise InvalidValueError(
                f"Several projects are called “{sanitize(text)}”: {_listed(ids)}."
            )
    if files.is_project_id(text) and catalog.is_unread(text):
        return ProjectId(text)
    if catalog.problem:
        raise UnreadableError(
            f"“{sanitize(text)}” could not be looked up: {catalog.problem} Try again, or give the"
            " project's id."
        )
    names = _listed(p.name for p in catalog.projects) or "none"
    raise NotFoundError(f"No project is called “{sanitize(text)}”. The projects are: {names}.")


def tells_of_projects(base: Path, path: Path) -> bool:
    """Whether a change of this path may mean other projects: a database, its log, or a file."""
    folder = base / files.FOLDER
    if path == folder or (path.parent == folder and path.suffix == ".json"):
        return True
    here = path.parent == base
    databases = [base / name if here else _real(base / name) for name in _DATABASES]
    return any(str(path) == f"{database}{end}" for database in databases for end in _ENDINGS)


def project_folders(base: Path) -> list[Path]:
    """The folders in which something may tell of projects; a database may be a link."""
    return [base, base / files.FOLDER, *(_real(base / name).parent for name in _DATABASES)]


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _from_rows(rows: Iterable[tuple[object, ...]]) -> Iterable[Project]:
    for stored_id, name, emoji in rows:
        if project_id := _shown(stored_id):
            icon = _shown(emoji)
            yield Project(ProjectId(project_id), _shown(name) or project_id, icon_of(emoji), icon)


def _read_files(base: Path) -> ProjectCatalog:
    folder = base / files.FOLDER
    projects: list[Project] = []
    problems: dict[ProjectId, str] = {}
    try:
        paths = files.project_files(base)
    except UnreadableError as error:
        problem = f"{folder.name} {error.message}, so its projects cannot be read."
        return ProjectCatalog((), ProjectStorage.FILES, folder, problem, unread=None)
    for path in paths:
        project_id = ProjectId(path.stem)
        try:
            fields = files.read_project(path)
        except FileNotFoundError:
            continue
        except UnreadableError as error:
            problems[project_id] = f"{folder.name}/{path.name} cannot be read: {error.message}"
            continue
        icon = fields.get("icon")
        name = _shown(fields["name"]) or path.stem
        projects.append(Project(project_id, name, icon_of(icon), _shown(icon)))
    return ProjectCatalog(
        _sorted(projects),
        ProjectStorage.FILES,
        folder if folder.is_dir() else None,
        _problem(list(problems.values())),
        frozenset(problems),
    )


def _problem(problems: list[str]) -> str | None:
    if not problems:
        return None
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"{problems[0]}{more}."


def _sorted(projects: Iterable[Project]) -> tuple[Project, ...]:
    return tuple(sorted(projects, key=lambda p: (p.name.casefold(), p.name, p.project_id)))


def _shown(value: object) -> str:
    """A stored value as text that any encoding holds; empty for no value."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _storage(base: Path) -> ProjectStorage:
    """Where a change belongs; a database that cannot be read just now included."""
    return read_projects(base).storage


def _is_taken(base: Path, project_id: str, name: str) -> bool:
    return any(p.name == name and p.project_id != project_id for p in _read_files(base).projects)


def _refuse_taken(base: Path, project_id: str, name: str) -> None:
    if _is_taken(base, project_id, name):
        raise InvalidValueError(f"There already is a project called “{sanitize(name)}”.")


def _new_row(project_id: str, name: str, icon: str, now: str) -> database.Row:
    """A row as Oxios itself makes one (`project/manager.rs: create_project`)."""
    return {
        "id": project_id,
        "name": name,
        "description": "",
        "paths": "[]",
        "tags": "[]",
        "emoji": icon,
        "source": "manual",
        "memory_visible": 1,
        "created_at": now,
        "updated_at": now,
        "last_active_at": now,
        "mount_ids": "[]",
        "instructions": "",
    }


def _sql_time(text: str) -> str:
    return text.removesuffix("Z") + "+00:00"


def _content(text: str | None) -> database.Row | None:
    return None if text is None else {"content": text}


def _text(stored: database.Row | None) -> str | None:
    """What a file held, by a journal that anybody may have written.

    Raises:
        InvalidValueError: It does not say.
    """
    if stored is None:
        return None
    content = stored.get("content")
    if not isinstance(content, str):
        raise InvalidValueError(_NO_CHANGE)
    return content


def _check_row(row: database.Row, project: str) -> None:
    if row.get("id") != project or not isinstance(row.get("name"), str):
        raise InvalidValueError(_NO_CHANGE)


def _name_in(stored: database.Row | None, storage: ProjectStorage) -> str:
    if stored is not None and storage is ProjectStorage.FILES:
        return str(files.decode_project(str(stored["content"]).encode())["name"])
    return "" if stored is None else str(stored["name"])


def _listed(names: Iterable[str]) -> str:
    shown = [sanitize(name) for name in names]
    more = f" and {len(shown) - _LISTED} more" if len(shown) > _LISTED else ""
    return ", ".join(shown[:_LISTED]) + more
