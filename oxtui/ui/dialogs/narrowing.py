"""Which projects are left as a name is typed, and what else the text could mean."""

from collections.abc import Sequence
from dataclasses import dataclass

from oxtui.errors import InvalidValueError
from oxtui.store.names import folded
from oxtui.store.projects.catalog import NO_PROJECT, Project, valid_project_name
from oxtui.store.values import ProjectId
from oxtui.ui.matching import matching_names
from oxtui.ui.text import plain


@dataclass(frozen=True, slots=True)
class ProjectChoice:
    """Where sessions are to go.

    Attributes:
        project_id: To this project; None for no project, or for a new one.
        new_name: To a new project of this name; None if it is to be none.
    """

    project_id: ProjectId | None = None
    new_name: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Something that can be chosen.

    Attributes:
        choice: What choosing it means.
        name: What to call it, safe to show.
        icon: What to draw before it; empty for nothing.
    """

    choice: ProjectChoice
    name: str
    icon: str = ""


def narrowed(projects: Sequence[Project], typed: str) -> list[Target]:
    """The projects whose names contain what was typed, those that begin with it first.

    No project counts as one that is called “Unfiled”, at the end. If none is called just so, a new
    project of that name comes last.
    """
    everywhere = [*map(_target, projects), Target(ProjectChoice(), NO_PROJECT)]
    targets = matching_names(everywhere, typed, lambda target: target.name)
    taken = {folded(name) for name in (NO_PROJECT, *(project.name for project in projects))}
    wanted = folded(typed)
    if wanted and wanted not in taken and new_name_problem(typed) is None:
        name = valid_project_name(typed)
        targets.append(Target(ProjectChoice(new_name=name), f"New project “{plain(name)}”"))
    return targets


def new_name_problem(typed: str) -> str | None:
    """Why no project can be called what was typed; None if one can, or nothing was typed."""
    try:
        if typed.strip():
            valid_project_name(typed)
    except InvalidValueError as error:
        return error.message
    return None


def _target(project: Project) -> Target:
    icon = plain(project.icon).strip()[:1]
    return Target(ProjectChoice(project.project_id), plain(project.name).strip(), icon)
