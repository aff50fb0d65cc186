"""What the sessions in the trash are called."""

from collections.abc import Iterable, Mapping

from oxtui.errors import UnreadableError
from oxtui.store.trash import Trash, TrashEntry


class TrashTitles:
    """The titles of entries of a trash. What lies there stays as it is, so each is read once."""

    def __init__(self, trash: Trash) -> None:
        self._trash = trash
        self._titles: dict[str, str] = {}

    def known(self, entries: Iterable[TrashEntry]) -> Mapping[str, str]:
        """The titles that were read of these entries and are not empty, by the entries' ids."""
        found = ((entry.entry_id, self._titles.get(entry.entry_id)) for entry in entries)
        return {entry_id: title for entry_id, title in found if title}

    def read(self, entries: Iterable[TrashEntry]) -> None:
        """Reads the titles of those of these entries that were not read; in a worker thread."""
        for entry in entries:
            if entry.entry_id in self._titles:
                continue
            title = self._title_of(entry)
            if title is not None:
                self._titles[entry.entry_id] = title

    def _title_of(self, entry: TrashEntry) -> str | None:
        """The title; empty if it has none; None if that can't be known just now."""
        from oxtui.store.summaries.summarize import summarize  # most runs look into no trash

        try:
            return summarize(self._trash.read(entry).content).title or ""
        except UnreadableError:
            return ""
        except OSError:
            return None
