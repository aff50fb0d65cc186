"""What lies in the trash is called what it was called, and is read once."""

import errno
import os
from pathlib import Path

import pytest

from oxtui.store.state_store import StateStore
from oxtui.store.trash import TrashEntry
from oxtui.store.trash_titles import TrashTitles
from tests.store.samples import plain_session, pretty


@pytest.fixture
def trashed(store: StateStore) -> list[TrashEntry]:
    """A session, one without a title, and what is no session, in the trash."""
    store.sessions_path.mkdir()
    contents = {
        "titled": pretty(plain_session("titled", metadata={"title": "Its title"})),
        "untitled": pretty(plain_session("untitled", metadata={}, user_messages=[])),
        "broken": b"{",
    }
    for name, content in contents.items():
        (store.sessions_path / f"{name}.json").write_bytes(content)
    return [store.trash.put(f"sessions/{name}.json") for name in contents]


def test_a_session_is_called_what_it_was_called(
    store: StateStore, trashed: list[TrashEntry]
) -> None:
    titles = TrashTitles(store.trash)
    assert titles.known(trashed) == {}
    titles.read(trashed)
    assert titles.known(trashed) == {trashed[0].entry_id: "Its title"}
    assert titles.known(trashed[1:]) == {}


def test_what_was_read_is_not_read_again(store: StateStore, trashed: list[TrashEntry]) -> None:
    titles = TrashTitles(store.trash)
    titles.read(trashed)
    for entry in trashed:
        other = plain_session(entry.name, metadata={"title": "Another"})
        store.trash.path_of(entry).write_bytes(pretty(other))
    titles.read(trashed)
    assert titles.known(trashed) == {trashed[0].entry_id: "Its title"}


def test_what_could_not_be_looked_at_is_looked_at_again(
    store: StateStore, trashed: list[TrashEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> object:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    titles = TrashTitles(store.trash)
    with monkeypatch.context() as patched:
        patched.setattr(os, "lstat", refused)
        titles.read(trashed)
    path = store.trash.path_of(trashed[0])
    aside = path.rename(Path(f"{path}.aside"))
    titles.read(trashed)
    assert titles.known(trashed) == {}
    aside.rename(path)
    titles.read(trashed)
    assert titles.known(trashed) == {trashed[0].entry_id: "Its title"}
