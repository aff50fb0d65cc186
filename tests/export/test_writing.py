import os
from pathlib import Path

import pytest

from oxtui.errors import WriteFailedError
from oxtui.export.writing import ExistsError, write_export


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "exports"
    made.mkdir()
    return made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written(folder: Path) -> None:
    write_export(folder / "a.md", b"text")
    assert (folder / "a.md").read_bytes() == b"text"
    assert names(folder) == ["a.md"]


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_file_that_is_there_stays_unless_it_may_go(folder: Path, mode: int) -> None:
    path = folder / "a.md"
    path.write_text("mine")
    path.chmod(mode)
    with pytest.raises(ExistsError, match="is there already"):
        write_export(path, b"text")
    assert path.read_text() == "mine"
    write_export(path, b"text", replace=True)
    assert path.read_bytes() == b"text"
    assert path.stat().st_mode & 0o777 == mode
    assert names(folder) == ["a.md"]


def test_a_link_stays_one(folder: Path) -> None:
    (folder / "real").mkdir()
    (folder / "real" / "a.md").write_text("mine")
    link = folder / "a.md"
    link.symlink_to("real/a.md")
    with pytest.raises(ExistsError):
        write_export(link, b"text")
    write_export(link, b"text", replace=True)
    assert link.is_symlink()
    assert (folder / "real" / "a.md").read_bytes() == b"text"


def test_a_link_to_nothing_is_not_written_through(folder: Path) -> None:
    link = folder / "a.md"
    link.symlink_to("nowhere")
    with pytest.raises(ExistsError):
        write_export(link, b"text")
    assert names(folder) == ["a.md"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no/such/a.md", "There is no folder"),
        ("file/a.md", "Not a directory"),
        ("folder.md", "is a folder"),
        ("fifo.md", "is no file"),
        ("x" * 300 + ".md", "too long"),
    ],
)
@pytest.mark.parametrize("replace", [True, False])
def test_where_it_cannot_be_the_reason_is_said(
    folder: Path, name: str, said: str, *, replace: bool
) -> None:
    (folder / "file").write_text("")
    (folder / "folder.md").mkdir()
    os.mkfifo(folder / "fifo.md")
    before = names(folder)
    with pytest.raises(WriteFailedError, match=said):
        write_export(folder / name, b"text", replace=replace)
    assert names(folder) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device here")
def test_a_device_is_no_file() -> None:
    with pytest.raises(WriteFailedError, match="is no file"):
        write_export(Path("/dev/full"), b"text", replace=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_nobody_may_write_to(folder: Path) -> None:
    folder.chmod(0o500)
    with pytest.raises(WriteFailedError, match="Permission denied"):
        write_export(folder / "a.md", b"text")
    folder.chmod(0o700)
