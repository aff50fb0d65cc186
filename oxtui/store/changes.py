"""The changes that oxtui makes to files, each with all that it takes to take it back.

Taking a change back is a change itself, so redo is taking back what undo did.
"""

import json
from pathlib import Path
from typing import Any, Self

import msgspec
from msgspec import structs

from oxtui.locations import CONFIG_NAME
from oxtui.store.projects.catalog import ProjectChange
from oxtui.store.regular_files import FileState
from oxtui.store.settings import SettingsChange
from oxtui.store.stretches import FileMark, Stretch


class FieldsEdit(msgspec.Struct, frozen=True):
    """What an edit set in a session, each value as it was and as it is since; None is no value.

    Attributes:
        project_id: The project; None if it was not set.
        metadata: Values of the metadata, by their keys.
    """

    project_id: tuple[str | None, str | None] | None = None
    metadata: dict[str, tuple[Any, Any]] = {}

    @property
    def inverse(self) -> Self:
        """The edit that sets everything back."""
        return structs.replace(
            self,
            project_id=self.project_id and self.project_id[::-1],
            metadata={key: values[::-1] for key, values in self.metadata.items()},
        )


class FileChange(msgspec.Struct, frozen=True):
    """Something happened to a file of the store, whose path in it this is."""

    file: str

    @property
    def name(self) -> str:
        """The file's name without its ending: the id of a session."""
        return Path(self.file).stem


class Edited(FileChange, frozen=True, tag="edited"):
    """A stretch of a file's bytes became another one.

    Attributes:
        start: Where the stretch begins.
        removed: The bytes that were there.
        inserted: The bytes that are there since.
        before: The file as it was.
        after: The file as it is since.
        fields: What that means, to be taken back also where others went on since; None if that is
            not known.
    """

    start: int
    removed: bytes
    inserted: bytes
    before: FileMark
    after: FileMark
    fields: FieldsEdit | None = None

    @classmethod
    def between(
        cls, file: str, before: FileState, after: FileState, fields: FieldsEdit | None = None
    ) -> Self:
        """The edit that turns one state of a file into another."""
        marks = FileMark.of(*before), FileMark.of(*after)
        return cls(file, *Stretch.between(before.content, after.content), *marks, fields)

    @property
    def inverse(self) -> Self:
        """The edit that takes this one back."""
        return structs.replace(
            self,
            removed=self.inserted,
            inserted=self.removed,
            before=self.after,
            after=self.before,
            fields=self.fields and self.fields.inverse,
        )

    @property
    def when_undone(self) -> str:
        """What taking it back would do, for the user."""
        fields = self.fields or FieldsEdit()
        sets = [] if fields.project_id is None else [("project_id", fields.project_id[0])]
        sets += [(key, values[0]) for key, values in fields.metadata.items()]
        said = ", ".join(f"{key} becomes {json.dumps(v, ensure_ascii=False)}" for key, v in sets)
        return f"{self.file}: {said or f'{len(self.inserted):,} bytes of it become others'}"

    def taken_back(self, content: bytes) -> bytes:
        """What the file held before, from what it holds since."""
        return Stretch(self.start, self.removed, self.inserted).taken_back(content)


class Trashed(FileChange, frozen=True, tag="trashed"):
    """A file was moved to the trash, as the entry `entry_id`."""

    entry_id: str
    size: int

    @property
    def when_undone(self) -> str:
        """As that of `Edited`."""
        return f"{self.file}: comes back from the trash"


class Restored(FileChange, frozen=True, tag="restored"):
    """A file was moved back from the trash, where it was the entry `entry_id`.

    Attributes:
        entry_id: The entry that it becomes again when this is taken back.
        size: Bytes.
        mark: What it is like since; None for what is no file.
    """

    entry_id: str
    size: int
    mark: FileMark | None

    @property
    def when_undone(self) -> str:
        """As that of `Edited`."""
        return f"{self.file}: goes to the trash"


class ProjectEdited(msgspec.Struct, frozen=True, tag="project"):
    """A project was added or renamed."""

    change: ProjectChange

    @property
    def name(self) -> str:
        """The name of the project."""
        return self.change.new_name or self.change.old_name or self.change.project

    @property
    def when_undone(self) -> str:
        """As that of `Edited`."""
        change = self.change
        if change.old_name is None:
            return f"{change.storage}: the project “{change.new_name}” is removed"
        return f"{change.storage}: “{change.new_name}” is called “{change.old_name}”"


class SettingsEdited(msgspec.Struct, frozen=True, tag="settings"):
    """Settings were changed in config.toml."""

    change: SettingsChange

    @property
    def name(self) -> str:
        """The name of the file."""
        return CONFIG_NAME

    @property
    def when_undone(self) -> str:
        """As that of `Edited`."""
        old, new = (
            " ".join(text.decode("utf-8", "replace").split()) or "nothing"
            for text in (self.change.removed, self.change.inserted)
        )
        return f"{self.change.path}: “{new}” becomes “{old}”"


Change = Edited | Trashed | Restored | ProjectEdited | SettingsEdited
