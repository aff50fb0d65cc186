"""The projects of a store: their names, icons and order."""

from dataclasses import dataclass

from oxtui.store.models import ProjectId


@dataclass(frozen=True, slots=True)
class Project:
    """A project that sessions can belong to.

    Attributes:
        project_id: Its identity, in Oxios a UUID.
        name: Its name, as written.
        icon: An emoji to show before the name; empty for none.
    """

    project_id: ProjectId
    name: str
    icon: str = ""
