"""Writes that are whole, leave nothing behind, and never go over somebody else's work."""

import errno
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from oxtui.errors import ChangedError, OxtuiError, UnreadableError, WriteFailedError
from oxtui.store import compare_and_swap as swapping
from oxtui.store import leases, rename, session_files
from oxtui.store.compare_and_swap import compare_and_swap
from oxtui.store.durable import durable_write, remove
from oxtui.store.regular_files import read_regular, read_state
from oxtui.store.summaries.entries import UnreadableEntry, read_entry
from tests.store.files import leases_are_to_be_had, make_socket
from tests.store.others import oxios
from tests.store.samples import plain_session, pretty


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "sessions"
    made.mkdir()
    return made


def without_leases(*_: int) -> None:
    raise OSError(errno.EINVAL, "Invalid argument")


@pytest.fixture(params=["swap", "no leases", "no swap"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the system offers: all, a file system without leases, or one without renameat2."""
    if request.param == "no leases":
        monkeypatch.setattr(leases, "_lease", without_leases)
    if request.param != "swap":
        monkeypatch.setattr(swapping, "QUIET_S", 0.05)
    if request.param == "no swap":
        monkeypatch.setattr(rename, "_renameat2", lambda: None)
    return str(request.param)


# Durable writes


def test_makes_and_replaces_a_file(folder: Path) -> None:
    path = folder / "x.json"
    durable_write(path, b"one")
    durable_write(path, b"two")
    assert path.read_bytes() == b"two"
    assert names_in(folder) == ["x.json"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o400, 0o755])
def test_the_mode_of_a_file_is_kept(folder: Path, mode: int) -> None:
    path = folder / "x.json"
    path.write_bytes(b"one")
    path.chmod(mode)
    durable_write(path, b"two")
    assert path.stat().st_mode & 0o777 == mode
    compare_and_swap(path, b"two", b"three")
    assert path.stat().st_mode & 0o777 == mode


def test_a_new_file_has_the_mode_that_the_user_wants(folder: Path) -> None:
    before = os.umask(0o027)
    try:
        durable_write(folder / "x.json", b"")
    finally:
        os.umask(before)
    assert (folder / "x.json").stat().st_mode & 0o777 == 0o640


def test_attributes_and_acls_of_a_file_are_kept(folder: Path) -> None:
    acl = bytes.fromhex(
        "02000000 01000600ffffffff 02000400d2040000 04000400ffffffff"
        " 10000400ffffffff 20000000ffffffff".replace(" ", "")
    )
    path = folder / "x.json"
    path.write_bytes(b"one")
    try:
        os.setxattr(path, "user.note", b"kept")
        os.setxattr(path, "system.posix_acl_access", acl)
    except OSError:
        pytest.skip("a file system without them")
    before = path.stat().st_mode
    for write in (
        lambda: compare_and_swap(path, b"one", b"two"),
        lambda: durable_write(path, b"three"),
    ):
        write()
        assert os.getxattr(path, "user.note") == b"kept"
        assert os.getxattr(path, "system.posix_acl_access") == acl
        assert path.stat().st_mode == before


def test_an_acl_that_new_files_get_is_not_given_to_a_file_without(folder: Path) -> None:
    path = folder / "x.json"
    path.write_bytes(b"one")
    default = bytes.fromhex(
        "02000000 01000700ffffffff 02000700d2040000 04000500ffffffff"
        " 10000700ffffffff 20000500ffffffff".replace(" ", "")
    )
    try:
        os.setxattr(folder, "system.posix_acl_default", default)
    except OSError:
        pytest.skip("a file system without them")
    compare_and_swap(path, b"one", b"two")
    assert "system.posix_acl_access" not in os.listxattr(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes files of others")
def test_the_owner_of_a_file_is_kept(folder: Path) -> None:
    path = folder / "x.json"
    path.write_bytes(b"one")
    os.chown(path, 1234, 4321)
    durable_write(path, b"two")
    compare_and_swap(path, b"two", b"three")
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 4321)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_the_group_of_a_file_is_kept_by_its_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swapping, "QUIET_S", 0.0)  # it can't be known who else has it open
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are for its user alone
        path = Path(folder) / "x.json"
        path.write_bytes(b"one")
        path.chmod(0o660)
        for each in (path.parent, path):
            os.chown(each, 1234, 4321)
        path.parent.chmod(0o770)
        groups = os.getgroups()
        os.setgroups([4321])
        os.seteuid(1235)
        try:
            compare_and_swap(path, b"one", b"two")
        finally:
            os.seteuid(0)
            os.setgroups(groups)
        assert (path.stat().st_gid, path.stat().st_mode & 0o777) == (4321, 0o660)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes files of others")
def test_a_file_is_not_taken_away_from_its_owner(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")  # as where an owner is not mapped

    path = folder / "x.json"
    path.write_bytes(b"one")
    path.chmod(0o600)
    os.chown(path, 1234, 4321)
    monkeypatch.setattr(os, "fchown", refused)
    with pytest.raises(WriteFailedError, match="its owner could not read it"):
        compare_and_swap(path, b"one", b"two")
    assert [each.name for each in folder.iterdir()] == ["x.json"]
    path.chmod(0o644)
    compare_and_swap(path, b"one", b"two")


def test_a_link_is_replaced_and_what_it_leads_to_is_not_touched(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.write_bytes(b"theirs")
    (folder / "x.json").symlink_to(outside)
    durable_write(folder / "x.json", b"ours")
    assert outside.read_bytes() == b"theirs"
    assert (folder / "x.json").read_bytes() == b"ours"
    assert (folder / "x.json").stat().st_mode & 0o111 == 0


def test_a_folder_in_the_way_stays_and_no_temp_file_is_left(folder: Path) -> None:
    (folder / "x.json").mkdir()
    with pytest.raises(WriteFailedError, match=r"x\.json was not written"):
        durable_write(folder / "x.json", b"new")
    with pytest.raises(ChangedError):
        compare_and_swap(folder / "x.json", b"", b"new")
    assert names_in(folder) == ["x.json"]


def test_a_folder_that_is_not_there_is_a_clear_error(folder: Path) -> None:
    with pytest.raises(WriteFailedError, match="No such file or directory"):
        durable_write(folder / "absent" / "x.json", b"")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(folder: Path) -> None:
    (folder / "x.json").write_bytes(b"old")
    folder.chmod(0o500)
    try:
        with pytest.raises(WriteFailedError, match="Permission denied"):
            durable_write(folder / "x.json", b"new")
        assert names_in(folder) == ["x.json"]
    finally:
        folder.chmod(0o700)


_WITH_LITTLE_SPACE = """
import resource, sys
from pathlib import Path
from oxtui.errors import WriteFailedError
from oxtui.store.compare_and_swap import compare_and_swap
from oxtui.store.durable import durable_write
path = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
for write in (
    lambda: durable_write(path, b"x" * 2_000),
    lambda: compare_and_swap(path, b"old", b"x" * 2_000),
):
    try:
        write()
    except WriteFailedError as error:
        print(error.message)
durable_write(path.with_name("small.json"), b"fits")
"""


def test_what_does_not_fit_leaves_the_old_content_and_no_temp_file(folder: Path) -> None:
    path = folder / "x.json"
    path.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", _WITH_LITTLE_SPACE, str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.count("File too large. It is as it was.") == 2
    assert path.read_bytes() == b"old"
    assert names_in(folder) == ["small.json", "x.json"]


def test_too_many_open_files_is_a_clear_error(folder: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(WriteFailedError, match="Too many open files"):
            durable_write(folder / "x.json", b"")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert names_in(folder) == []


# What is not a file


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_link(path: Path) -> None:
    target = path.with_name("target")
    target.write_bytes(pretty(plain_session()))
    path.symlink_to(target)


def make_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (make_fifo, "a FIFO, not a file"),
        (make_link, "a link, not a file"),
        (make_dangling_link, "a link, not a file"),
        (Path.mkdir, "a folder, not a file"),
        (make_socket, "a socket, not a file"),
    ],
)
def test_what_is_not_a_file_is_never_opened(
    folder: Path, make: Callable[[Path], None], reason: str
) -> None:
    path = folder / "x.json"
    make(path)
    before = path.lstat()
    for read in (read_regular, read_state):
        with pytest.raises(UnreadableError, match=reason):
            read(path)
    entry = read_entry(path)
    assert isinstance(entry, UnreadableEntry)
    assert entry.reason == reason
    with pytest.raises(OxtuiError):
        compare_and_swap(path, b"", b"new")
    after = path.lstat()
    assert (after.st_ino, after.st_mtime_ns, after.st_atime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_atime_ns,
    )


@pytest.mark.timeout(10)
def test_who_waits_to_write_to_a_fifo_goes_on_waiting(folder: Path) -> None:
    path = folder / "x.json"
    os.mkfifo(path)
    opened = threading.Event()

    def writer() -> None:
        os.close(os.open(path, os.O_WRONLY))
        opened.set()

    thread = threading.Thread(target=writer, daemon=True)
    thread.start()
    for _ in range(100):
        with pytest.raises(UnreadableError):
            read_regular(path)
    assert not opened.is_set()
    os.close(os.open(path, os.O_RDONLY))
    thread.join()


# Compare-and-swap


def test_replaces_what_was_expected(folder: Path, system: str) -> None:
    path = folder / "x.json"
    path.write_bytes(b"one")
    written = compare_and_swap(path, b"one", b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mtime_ns == written
    assert compare_and_swap(path, b"two", b"three", mtime_ns=1_234_567_890) == 1_234_567_890
    assert path.stat().st_mtime_ns == 1_234_567_890
    assert names_in(folder) == ["x.json"]


def test_leaves_what_was_not_expected(folder: Path, system: str) -> None:
    path = folder / "x.json"
    path.write_bytes(b"theirs")
    os.utime(path, ns=(5, 5))
    before = path.stat()
    with pytest.raises(ChangedError, match="changed by another program"):
        compare_and_swap(path, b"one", b"two")
    assert path.read_bytes() == b"theirs"
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, 5)
    path.unlink()
    with pytest.raises(ChangedError):
        compare_and_swap(path, b"theirs", b"two")
    assert names_in(folder) == []


Write = Callable[[Path], None]


def replace_with(content: bytes) -> Write:
    def write(path: Path) -> None:
        temp = path.with_name("other.tmp")
        temp.write_bytes(content)
        temp.replace(path)

    return write


def nothing(_: Path) -> None:
    pass


def during(
    monkeypatch: pytest.MonkeyPatch, path: Path, *, before: list[Write], after: list[Write]
) -> None:
    """Lets others write right before, or right after, the first, second, … swap of two files."""
    real = rename.exchange
    befores, afters = iter(before), iter(after)

    def exchange(one: Path, other: Path) -> bool:
        next(befores, nothing)(path)
        done = real(one, other)
        next(afters, nothing)(path)
        return done

    monkeypatch.setattr(swapping, "exchange", exchange)


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        pytest.param([replace_with(b"X")], [], b"X", id="one before the swap"),
        pytest.param([replace_with(b"X")], [replace_with(b"Y")], b"Y", id="and one after it"),
        pytest.param(
            [replace_with(b"X"), replace_with(b"Y")], [], b"Y", id="and one before the way back"
        ),
        pytest.param(
            [replace_with(b"X"), replace_with(b"Y"), replace_with(b"Z")], [], b"Z", id="and again"
        ),
        pytest.param(
            [replace_with(b"X"), replace_with(b"Y")],
            [nothing, replace_with(b"Z")],
            b"Z",
            id="and one while ours is put aside",
        ),
        pytest.param([replace_with(b"X")], [nothing, replace_with(b"Y")], b"Y", id="after it all"),
        pytest.param([replace_with(b"X")], [Path.unlink], None, id="and removed"),
        pytest.param([replace_with(b"X"), Path.unlink], [], None, id="and removed in between"),
        pytest.param([Path.unlink], [], None, id="removed"),
    ],
)
def test_the_last_that_others_wrote_is_what_stays(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: list[Write],
    after: list[Write],
    left: bytes | None,
) -> None:
    path = folder / "x.json"
    path.write_bytes(b"one")
    during(monkeypatch, path, before=before, after=after)
    with pytest.raises(ChangedError):
        compare_and_swap(path, b"one", b"two")
    assert (path.read_bytes() if path.exists() else None) == left
    assert names_in(folder) == ([] if left is None else ["x.json"])


def test_ours_may_be_replaced_as_soon_as_it_is_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "x.json"
    path.write_bytes(b"one")
    during(monkeypatch, path, before=[], after=[replace_with(b"three")])
    compare_and_swap(path, b"one", b"two")
    assert path.read_bytes() == b"three"


@pytest.mark.parametrize("make", [make_fifo, make_dangling_link, Path.mkdir])
def test_what_others_put_there_instead_of_a_file_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch, make: Write
) -> None:
    path = folder / "x.json"
    path.write_bytes(b"one")
    made: list[int] = []

    def instead(path: Path) -> None:
        path.unlink()
        make(path)
        made.append(path.lstat().st_ino)

    during(monkeypatch, path, before=[instead], after=[])
    with pytest.raises(ChangedError):
        compare_and_swap(path, b"one", b"two")
    assert path.lstat().st_ino == made[0]
    assert names_in(folder) == ["x.json"]


def test_nobody_reads_ours_before_it_is_known_to_be_right(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "x.json"
    path.write_bytes(b"one")
    seen: list[bytes] = []
    readers: list[threading.Thread] = []
    if not leases_are_to_be_had(folder):
        pytest.skip("a file system without leases")

    def read(path: Path) -> None:
        reader = threading.Thread(target=lambda: seen.append(path.read_bytes()))
        reader.start()
        reader.join(0.05)  # it can't be done yet; this only gives it the time to try
        assert reader.is_alive()
        readers.append(reader)

    during(monkeypatch, path, before=[replace_with(b"theirs")], after=[read])
    with pytest.raises(ChangedError):
        compare_and_swap(path, b"one", b"two")
    readers[0].join(5)
    assert seen == [b"theirs"]


def test_oxtui_itself_waits_for_a_file_that_is_just_put_in_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "x.json"
    path.write_bytes(b"one")
    results = SimpleNamespace(read=b"")
    readers: list[threading.Thread] = []

    def read(path: Path) -> None:
        reader = threading.Thread(target=lambda: setattr(results, "read", read_regular(path)))
        reader.start()
        readers.append(reader)

    during(monkeypatch, path, before=[], after=[read])
    compare_and_swap(path, b"one", b"two")
    readers[0].join(5)
    assert results.read == b"two"


@pytest.mark.parametrize("flags", [os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_APPEND])
def test_what_somebody_has_open_for_writing_is_left_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, flags: int
) -> None:
    if not leases_are_to_be_had(folder):
        pytest.skip("a file system without leases")
    monkeypatch.setattr(leases, "_PATIENCE_S", 0.0)
    path = folder / "x.json"
    path.write_bytes(b"one")
    theirs = os.open(path, flags)
    before = path.stat().st_ino
    for write in (lambda: compare_and_swap(path, b"one", b"two"), lambda: remove(path, b"one")):
        with pytest.raises(WriteFailedError, match=r"x\.json is open for writing"):
            write()
    os.write(theirs, b"ONE")
    os.close(theirs)
    assert path.stat().st_ino == before
    assert path.read_bytes().endswith(b"ONE")
    compare_and_swap(path, path.read_bytes(), b"two")
    assert names_in(folder) == ["x.json"]


def test_who_reads_keeps_nobody_from_writing(folder: Path) -> None:
    path = folder / "x.json"
    path.write_bytes(b"one")
    with path.open("rb") as reader:
        compare_and_swap(path, b"one", b"two")
        assert reader.read() == b"one"


def test_when_the_way_back_fails_what_others_wrote_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "x.json"
    path.write_bytes(b"one")
    real = rename.exchange
    calls: list[Path] = []

    def exchange(one: Path, other: Path) -> bool:
        calls.append(one)
        if len(calls) > 1:
            raise OSError(5, "Input/output error")
        replace_with(b"theirs")(path)
        return real(one, other)

    monkeypatch.setattr(swapping, "exchange", exchange)
    with pytest.raises(WriteFailedError, match=r"Input/output error.*is in .*\.saved"):
        compare_and_swap(path, b"one", b"two")
    saved = [p for p in folder.iterdir() if p.suffix == ".saved"]
    assert [p.read_bytes() for p in saved] == [b"theirs"]


def test_no_turn_of_a_busy_oxios_is_lost(tmp_path: Path) -> None:
    base = tmp_path / "store"
    paths = [base / "sessions" / f"s{number}.json" for number in range(12)]
    paths[0].parent.mkdir(parents=True)
    for path in paths:
        path.write_bytes(pretty(plain_session(path.stem, user_messages=[])))
    applied = refused = 0
    with oxios(*paths) as other:
        for number in range(100):
            try:
                session_files.edit(
                    base, paths[number % 12], lambda s, n=number: s.set_metadata("act", n)
                )
                applied += 1
            except ChangedError:
                refused += 1
        other.stop()
    assert applied + refused == 100
    assert applied
    for path in paths:
        messages = json.loads(path.read_bytes())["user_messages"]
        assert [m["content"] for m in messages] == [str(n) for n in range(other.turns)]
    assert [p.name for p in paths[0].parent.iterdir() if p.suffix != ".json"] == []
