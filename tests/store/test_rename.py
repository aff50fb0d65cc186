"""Renames that swap, and renames that replace nothing."""

from pathlib import Path

import pytest

from oxtui.store import rename
from oxtui.store.rename import exchange, rename_new


@pytest.fixture(params=[True, False], ids=["renameat2", "without it"])
def offered(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if not request.param:
        monkeypatch.setattr(rename, "_renameat2", lambda: None)
    return bool(request.param)


def test_two_files_are_swapped_or_nothing_happens(tmp_path: Path, offered: bool) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("1")
    other.write_text("2")
    assert exchange(one, other) == offered
    assert (one.read_text(), other.read_text()) == (("2", "1") if offered else ("1", "2"))


def test_a_swap_with_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("1")
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "one", tmp_path / "other")
    assert (tmp_path / "one").read_text() == "1"


def test_a_new_name_is_given(tmp_path: Path, offered: bool) -> None:
    (tmp_path / "one").write_text("1")
    before = (tmp_path / "one").stat()
    rename_new(tmp_path / "one", tmp_path / "other")
    after = (tmp_path / "other").stat()
    assert not (tmp_path / "one").exists()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_name_that_is_taken_is_left_alone(tmp_path: Path, offered: bool) -> None:
    (tmp_path / "one").write_text("1")
    (tmp_path / "other").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        rename_new(tmp_path / "one", tmp_path / "other")
    assert (tmp_path / "one").read_text() == "1"
    assert (tmp_path / "other").is_symlink()


def test_a_link_is_moved_and_not_what_it_leads_to(tmp_path: Path, offered: bool) -> None:
    (tmp_path / "target").write_text("1")
    (tmp_path / "one").symlink_to("target")
    rename_new(tmp_path / "one", tmp_path / "other")
    assert (tmp_path / "other").is_symlink()
    assert (tmp_path / "target").exists()


def test_what_is_not_there_is_not_renamed(tmp_path: Path, offered: bool) -> None:
    with pytest.raises(FileNotFoundError):
        rename_new(tmp_path / "one", tmp_path / "other")
