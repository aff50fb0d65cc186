"""Moving sessions to another project with the keyboard, as a value and functions on it.

`j` and `k` go to the next and the previous project as long as nothing is typed; the arrows always
do. Any other letter narrows the projects to those whose name contains it, and from then on `j` and
`k` are letters as well, until backspace has taken the last one back. A name that begins with one of
them is typed with a capital (`J`, `K`), since the case of letters makes no difference.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import structs

from oxtui.sanitize import sanitize
from oxtui.store.values import ProjectId, SessionId
from oxtui.ui.matching import matching_names
from oxtui.units import plural

_LONGEST: Final = 64


class Target(msgspec.Struct, frozen=True):
    """Where sessions can be dropped.

    Attributes:
        group: The key of its group in the sidebar.
        project_id: The project; None for no project.
        name: Its name, as written.
    """

    group: str
    project_id: ProjectId | None
    name: str


class DragState(msgspec.Struct, frozen=True):
    """What is being moved, and where to.

    Attributes:
        homes: The grabbed sessions in their order, and the group that each is in.
        targets: All targets, in the order of the sidebar.
        group: The target's group; None while there is none.
        typed: The letters that narrow the targets.
    """

    homes: Mapping[SessionId, str]
    targets: tuple[Target, ...]
    group: str | None = None
    typed: str = ""
    per_home: Mapping[str, int] = msgspec.field(default_factory=dict[str, int])

    @property
    def sessions(self) -> tuple[SessionId, ...]:
        """The grabbed sessions."""
        return tuple(self.homes)

    @property
    def target(self) -> Target | None:
        """Where the sessions would go; None while that is open."""
        return next((target for target in self.targets if target.group == self.group), None)

    @property
    def matching(self) -> tuple[Target, ...]:
        """The targets that the letters leave: names that begin with them, then the others."""
        return tuple(matching_names(self.targets, self.typed, lambda target: target.name))

    @property
    def moving(self) -> int:
        """How many sessions would change their project."""
        return (
            0 if self.target is None else len(self.homes) - self.per_home.get(self.group or "", 0)
        )

    @property
    def description(self) -> str:
        """What dropping would do, in a few words for the status line."""
        target = self.target
        if target is None and self.typed:
            return f"No project matches {sanitize(self.typed)}"
        if target is None:
            return f"{plural(len(self.homes), 'session')} grabbed: choose a project"
        name = sanitize(target.name)
        if not self.moving:
            return f"Already in {name}" if target.project_id else "Already unfiled"
        there = len(self.homes) - self.moving
        what = f"Move {plural(self.moving, 'session')}"
        where = f"to {name}" if target.project_id else f"out of projects, to {name}"
        return f"{what} {where}" + (f", {there:,} more there already" if there else "")


def grab(homes: Mapping[SessionId, str], targets: tuple[Target, ...]) -> DragState:
    """Takes up sessions.

    The target is the group that all of them are in, so that dropping at once changes nothing; if
    they are in several, or in one where nothing can be dropped, there is none yet.
    """
    per_home = Counter(homes.values())
    only = next(iter(per_home)) if len(per_home) == 1 else None
    group = only if any(target.group == only for target in targets) else None
    return DragState(homes, targets, group, per_home=per_home)


def next_target(state: DragState) -> DragState:
    """Goes to the next target that the letters leave, after the last to the first."""
    return _step(state, 1)


def previous_target(state: DragState) -> DragState:
    """Goes to the previous target that the letters leave, before the first to the last."""
    return _step(state, -1)


def typed(state: DragState, letters: str) -> DragState:
    """Narrows the targets by more letters, and goes to the best of what is left."""
    return _narrowed(state, (state.typed + letters)[:_LONGEST])


def backspace(state: DragState) -> DragState:
    """Takes the last letter back."""
    return _narrowed(state, state.typed[:-1]) if state.typed else state


def point_at(state: DragState, group: str | None) -> DragState:
    """Goes to the target under the pointer; to none where nothing can be dropped."""
    known = any(target.group == group for target in state.targets)
    return structs.replace(state, group=group if known else None)


def refreshed(
    state: DragState, homes: Mapping[SessionId, str], targets: tuple[Target, ...]
) -> DragState:
    """The same drag after the catalogue changed.

    Args:
        state: The drag before.
        homes: The groups that the grabbed sessions are in now; without those that are gone.
        targets: The targets that there are now.
    """
    known = any(target.group == state.group for target in targets)
    return structs.replace(
        state,
        homes=homes,
        targets=targets,
        group=state.group if known else None,
        per_home=Counter(homes.values()),
    )


def _step(state: DragState, by: int) -> DragState:
    matching = state.matching
    if not matching:
        return state
    groups = [target.group for target in matching]
    if state.group in groups:
        at = (groups.index(state.group) + by) % len(groups)
    else:
        at = 0 if by > 0 else -1
    return structs.replace(state, group=groups[at])


def _narrowed(state: DragState, letters: str) -> DragState:
    narrowed = structs.replace(state, typed=letters)
    if not letters:
        return narrowed
    first = next(iter(narrowed.matching), None)
    return structs.replace(narrowed, group=first.group if first else None)
