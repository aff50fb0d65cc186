"""Stores as somebody could send them, beside what is not theirs and must stay as it is.

A world is a folder with the store, a home, and a folder `victim`. Hostile things are put at places
in the store: links to the victim, FIFOs, devices, what is nested beyond all reason, and the like.
"""

import hashlib
import json
import os
import shutil
import socket
import sqlite3
import stat
import struct
import subprocess
import tempfile
from base64 import b64encode
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from oxtui.store.temp_names import Swap
from tests.answering import NOBODY
from tests.store.projects.oxios_db import API, make_database

AGES_AGO_NS: Final = 1_700_000_000 * 10**9
ENTRY: Final = "01700000000000000000-0a1b2c3d"
PROJECT: Final = "0f0e0d0c-0b0a-4908-8706-050403020100"
UUID: Final = "01234567-89ab-4cde-8123-456789abcdef"
DEEP: Final = 2_000
SPARSE: Final = 100 << 30
GONE_PID: Final = 4_194_399
CONFIG: Final = b"# mine\n[session]\nmax_sessions = 9\n"
_OWN: Final = (".cache/oxtui", ".local/state/oxtui", ".config/oxtui")
_IS_ROOT: Final = os.geteuid() == 0


class World:
    """A store that came from somebody, and what is not part of it.

    Attributes:
        root: What all of it is in.
        base: The store.
        victim: A folder that is not the store's.
        home: The user's home.
        wants_nobody: Whether commands are to be run by a user who is not root.
        second_names: The inodes of files that have one more name in the store.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.base, self.victim, self.home = root / "store", root / "victim", root / "home"
        self.wants_nobody = False
        self.second_names: set[int] = set()

    @property
    def env(self) -> Mapping[str, str]:
        """What tells a command whose home it is."""
        return {
            "HOME": str(self.home),
            "OXTUI_STORE": "",
            "TZ": "UTC",
            "TEXTUAL_ANIMATIONS": "none",
        }

    def outside(self, *, sessions_are_linked: bool = False) -> "Snapshot":
        """All that no command may change.

        Args:
            sessions_are_linked: Whether the victim's sessions are the store's, and may change.
        """
        own = {self.home / each for each in _OWN}
        if sessions_are_linked:
            own.add(self.victim / "sessions")
        return snapshot(
            (self.root, self.home, self.victim),
            own | {self.base, self.root / "exports"},
            self.second_names,
        )

    def inside(self) -> "Snapshot":
        """The store, as deep as anything of oxtui's is in it."""
        # What reads a database that others may have open says so in the index of its log.
        logs = {self.base / f"kernel.db{end}" for end in ("-shm", "-wal")}
        return snapshot([self.base], logs, ())


@contextmanager
def world() -> Generator[World]:
    """Makes a world with a store in which nothing is hostile yet."""
    root = Path(tempfile.mkdtemp(prefix="oxtui-hostile-"))
    try:
        root.chmod(0o755)
        made = World(root)
        _make_outside(made)
        _make_store(made.base)
        yield made
    finally:
        subprocess.run(["rm", "-rf", str(root)], check=True)  # which knows no limit of depth


def _make_outside(world: World) -> None:
    for own in _OWN:
        (world.home / own).mkdir(parents=True)
    (world.root / "exports").mkdir()
    (world.home / ".oxios").mkdir()
    (world.home / ".oxios/config.toml").write_bytes(CONFIG)
    (world.home / "precious.txt").write_text("precious")
    victim = world.victim
    (victim / "work/src/deep").mkdir(parents=True)
    (victim / "work/empty").mkdir()
    (victim / "work/src/a.json").write_text("precious")
    (victim / "work/src/deep/b.txt").write_text("dear")
    (victim / "projects").mkdir()
    _write_project(victim / "projects" / f"{PROJECT}.json")
    write_session(victim / "sessions/one.json")
    write_session(victim / "sessions/two.json")
    write_session(victim / "file.json")
    (victim / "config.toml").write_bytes(CONFIG)
    (victim / "text").write_text("precious\n")
    (victim / "one").write_text("1")
    (victim / "zero").write_bytes(b"\0precious")
    make_database(victim / "kernel.db", wal=False)
    _make_own_folder(victim / "own")
    for folder in (victim, victim / "projects", victim / "work/src"):
        for path in list(folder.iterdir()):
            if path.is_file():
                _leave_temp_files(path)


def _leave_temp_files(path: Path) -> None:
    """Puts beside a file what a crash could have left there: nobody's business but its owner's."""
    blind = f"00000000-0000-8000-8{'a' * 3}-{'a' * 12}"
    for uuid, ending in ((UUID, "tmp"), (blind, "tmp"), (UUID, "saved")):
        pid = f".{GONE_PID}" if ending == "tmp" else ""
        temp = path.with_name(f"{path.name}{pid}.{uuid}.{ending}")
        temp.write_bytes(b"")
        os.utime(temp, ns=(AGES_AGO_NS, AGES_AGO_NS))


def _make_store(base: Path) -> None:
    for name in ("one", "two", "x"):
        write_session(base / f"sessions/{name}.json")
    (base / "projects").mkdir()
    _write_project(base / "projects" / f"{PROJECT}.json")
    (base / "config.toml").write_bytes(CONFIG)
    _make_own_folder(base / ".oxtui")


def _make_own_folder(folder: Path) -> None:
    """As oxtui's own in a store, right after a crash."""
    folder.mkdir(mode=0o700)
    (folder / "lock").write_text("1")
    (folder / "id").write_text("0123456789abcdef" * 2)
    (folder / "journal.jsonl").write_text("")
    (folder / "turning").write_text('{"act_id":"forged-trashed","undone":true}')
    write_session(folder / "trash" / ENTRY / "sessions/gone.json", pinned=True)


def write_session(path: Path, *, pinned: bool = False, title: str = "Hello") -> bytes:
    """Writes a session that is called as its file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    when = "2026-01-01T00:00:00Z"
    values = {
        "id": path.stem,
        "user_id": "default",
        "user_messages": [{"content": "hello", "timestamp": when}],
        "agent_responses": [],
        "created_at": when,
        "updated_at": when,
        "metadata": {"title": title, "pinned": pinned},
    }
    content = json.dumps(values, indent=2).encode()
    path.write_bytes(content)
    return content


def _write_project(path: Path) -> None:
    when = "2026-01-01T00:00:00Z"
    fields = {"id": path.stem, "name": "api", "icon": "", "created_at": when, "updated_at": when}
    path.write_text(json.dumps(fields, indent=2))


# What something is like

Snapshot = dict[str, tuple[object, ...]]


def snapshot(
    roots: Iterable[Path], without: Iterable[Path], second_names: Iterable[int]
) -> Snapshot:
    """What files and folders are like: type, mode, owner, times, other names, and contents."""
    found: Snapshot = {}
    out, ignored, waiting = set(without), set(second_names), list(roots)
    while waiting:
        path = waiting.pop()
        if path in out or str(path) in found or len(path.parts) > 20:
            continue
        status = path.lstat()
        held: object = None
        if stat.S_ISDIR(status.st_mode):
            waiting += [Path(each.path) for each in os.scandir(path)]
        elif stat.S_ISLNK(status.st_mode):
            held = str(path.readlink())
        elif stat.S_ISREG(status.st_mode) and status.st_size < 1 << 20:
            held = hashlib.sha256(path.read_bytes()).hexdigest()
        links = None if status.st_ino in ignored or held is None else status.st_nlink
        # What is left out may come and go in its folder.
        time = None if any(each.parent == path for each in out) else status.st_mtime_ns
        owner = status.st_uid, status.st_gid
        found[str(path)] = (oct(status.st_mode), *owner, time, links, held)
    return found


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """What differs, a line each."""
    paths = sorted(before.keys() | after.keys())
    pairs = ((path, before.get(path), after.get(path)) for path in paths)
    return [f"{path}: {old} became {new}" for path, old, new in pairs if old != new]


# Places and kinds


class Place(NamedTuple):
    """Where something hostile lies.

    Attributes:
        path: Relative to the store.
        target: What a link there leads to, relative to the victim.
        is_folder: Whether a folder should be there.
    """

    path: str
    target: str
    is_folder: bool = False


OWN: Final = Place(".oxtui", "own", is_folder=True)
LOCK: Final = Place(".oxtui/lock", "one")
ID: Final = Place(".oxtui/id", "text")
JOURNAL: Final = Place(".oxtui/journal.jsonl", "text")
TURNING: Final = Place(".oxtui/turning", "text")
TRASH: Final = Place(".oxtui/trash", "own/trash", is_folder=True)
TRASH_ENTRY: Final = Place(f".oxtui/trash/{ENTRY}", "work", is_folder=True)
TRASH_SESSIONS: Final = Place(f".oxtui/trash/{ENTRY}/sessions", "work/src", is_folder=True)
TRASH_FILE: Final = Place(f".oxtui/trash/{ENTRY}/sessions/gone.json", "file.json")
SESSIONS: Final = Place("sessions", "sessions", is_folder=True)
SESSION: Final = Place("sessions/x.json", "file.json")
TEMP: Final = Place(
    f"sessions/one.json.{GONE_PID}.01234567-89ab-8cde-8123-456789abcdef.tmp", "file.json"
)
SAVED: Final = Place(f"sessions/one.json.{UUID}.saved", "file.json")
PROJECTS: Final = Place("projects", "projects", is_folder=True)
PROJECT_FILE: Final = Place(f"projects/{PROJECT}.json", f"projects/{PROJECT}.json")
KERNEL: Final = Place("kernel.db", "kernel.db")
WAL: Final = Place("kernel.db-wal", "zero")
SHM: Final = Place("kernel.db-shm", "zero")
ROLLBACK: Final = Place("kernel.db-journal", "zero")
MEMORY: Final = Place("memory.db", "kernel.db")
CONFIG_FILE: Final = Place("config.toml", "config.toml")
CONFIG_BESIDE: Final = Place("../config.toml", "config.toml")

PLACES: Final = (
    OWN, LOCK, ID, JOURNAL, TURNING, TRASH, TRASH_ENTRY, TRASH_SESSIONS, TRASH_FILE, SESSIONS,
    SESSION, TEMP, SAVED, PROJECTS, PROJECT_FILE, KERNEL, WAL, SHM, ROLLBACK, MEMORY, CONFIG_FILE,
    CONFIG_BESIDE,
)  # fmt: skip
LEAVES: Final = (TRASH_FILE, SESSION, TEMP, SAVED, PROJECT_FILE, CONFIG_FILE, TURNING)
"""Places that have nothing to do with each other, and so can all be hostile in one store."""
TOGETHER: Final = (
    (OWN,), (LOCK,), (ID,), (JOURNAL,), (TRASH, KERNEL), (TRASH_ENTRY, WAL), (TRASH_SESSIONS, SHM),
    (SESSIONS, MEMORY), (ROLLBACK, CONFIG_BESIDE), (PROJECTS,),
)  # fmt: skip
"""All others, each with what has nothing to do with it."""

Put = Callable[[World, Place, Path], None]


def _relative(world: World, place: Place, path: Path) -> None:
    path.symlink_to(os.path.relpath(world.victim / place.target, path.parent))


def _absolute(world: World, place: Place, path: Path) -> None:
    path.symlink_to(world.victim / place.target)


def _dangling(world: World, _place: Place, path: Path) -> None:
    path.symlink_to(os.path.relpath(world.victim / "not-there", path.parent))


def _endless(_world: World, _place: Place, path: Path) -> None:
    path.symlink_to("/dev/zero")


def _loop(_world: World, _place: Place, path: Path) -> None:
    path.symlink_to(path.name)


def _hard(world: World, place: Place, path: Path) -> None:
    target = world.victim / place.target
    path.hardlink_to(target)
    world.second_names.add(target.stat().st_ino)


def _fifo(_world: World, _place: Place, path: Path) -> None:
    os.mkfifo(path)


def _socket(_world: World, _place: Place, path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)  # its path has to be short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def _device(_world: World, _place: Place, path: Path) -> None:
    os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))  # as /dev/zero


def _other_kind(_world: World, place: Place, path: Path) -> None:
    if place.is_folder:
        path.write_text("a file")
    else:
        path.mkdir()
        (path / "in it").write_text("in it")


def _deep(_world: World, _place: Place, path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    for name in (path.name, *["d"] * DEEP):
        os.mkdir(name, dir_fd=folder)
        below = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)


def _sparse(_world: World, _place: Place, path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(SPARSE)


def _foreign(_world: World, _place: Place, path: Path) -> None:
    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def _shut(world: World, _place: Place, path: Path) -> None:
    path.chmod(0)
    world.wants_nobody = _IS_ROOT


class Kind(NamedTuple):
    """What something hostile is.

    Attributes:
        put: Puts it at a place.
        keeps: Whether what is there already is made hostile, and not replaced.
        only_root: Whether it takes root.
        for_folders: Whether it can stand for a folder.
        for_files: Whether it can stand for a file.
    """

    put: Put
    keeps: bool = False
    only_root: bool = False
    for_folders: bool = True
    for_files: bool = True

    def suits(self, place: Place) -> bool:
        """Whether it can be at a place, and means something there."""
        if self.only_root and not _IS_ROOT:
            return False
        return self.for_folders if place.is_folder else self.for_files


KINDS: Final[Mapping[str, Kind]] = {
    "relative link": Kind(_relative),
    "absolute link": Kind(_absolute),
    "dangling link": Kind(_dangling),
    "link to /dev/zero": Kind(_endless),
    "link to itself": Kind(_loop),
    "second name": Kind(_hard, for_folders=False),
    "FIFO": Kind(_fifo),
    "socket": Kind(_socket),
    "device": Kind(_device, only_root=True),
    "other kind": Kind(_other_kind),
    "deep folder": Kind(_deep),
    "sparse file": Kind(_sparse, for_folders=False),
    "another user's": Kind(_foreign, keeps=True, only_root=True),
    "shut": Kind(_shut, keeps=True),
}

REFUSED: Final = frozenset(KINDS) - {"deep folder", "sparse file"}
"""What never is a file or folder of oxtui's; the rest may be one."""


def put(world: World, kind: str, *places: Place) -> None:
    """Makes places of a store hostile."""
    for place in places:
        path = world.base / place.path
        if place in (KERNEL, WAL, SHM, ROLLBACK, MEMORY):
            _put_databases(world.base, place)
        made = KINDS[kind]
        if not made.keeps:
            _remove(path)
        elif not os.path.lexists(path):
            path.write_bytes(b"")
        made.put(world, place, path)
    if world.wants_nobody:
        for folder in (world.base, world.home, world.victim, world.root / "exports"):
            subprocess.run(["chown", "-hR", f"{NOBODY}:{NOBODY}", str(folder)], check=True)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _put_databases(base: Path, place: Place) -> None:
    """Puts a database where what is beside it is looked at: in the journal mode that has it."""
    main = base / ("memory.db" if place is MEMORY else "kernel.db")
    if place in (WAL, SHM):
        put_open_database(main)
    else:
        make_database(main, wal=False)


def put_open_database(main: Path) -> None:
    """Puts a database as its program leaves it when it is ended: the log is not in it yet."""
    aside = Path(tempfile.mkdtemp(dir=main.parent.parent))
    try:
        copy = aside / main.name
        make_database(copy)
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute("UPDATE projects SET description = 'unsaved'")
            connection.commit()
            for end in ("", "-wal", "-shm"):
                shutil.copy(f"{copy}{end}", f"{main}{end}")
    finally:
        shutil.rmtree(aside)


def put_hot_journal(base: Path, victim: Path) -> None:
    """Puts a database that a crash interrupted beside others, whose common journal is `victim`.

    SQLite removes that one when it has finished its part of the work (`atomiccommit.html`, 5).
    """
    page = 4096
    main = make_database(base / "kernel.db", wal=False)
    magic = bytes.fromhex("d9d505f920a163d7")
    pages = main.stat().st_size // page
    header = magic + struct.pack(">5I", 0, 1, pages, 512, page)
    name = os.fsencode(victim)
    total = sum(byte - 256 * (byte > 127) for byte in name) & 0xFFFFFFFF
    ending = struct.pack(">I", (1 << 30) // page + 1) + name + struct.pack(">II", len(name), total)
    (base / "kernel.db-journal").write_bytes(header.ljust(512, b"\0") + ending + magic)


def put_schema(base: Path, *statements: str) -> None:
    """Puts a database that is made by these statements."""
    with closing(sqlite3.connect(base / "kernel.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


# Journals


def forged_changes(world: World) -> dict[str, dict[str, Any]]:
    """Changes that would do something here if they were taken back, by what they are.

    Beside them lies what they are about: `forged.json`, `stays.json`, an entry of the trash that
    would come back as `back.json`, a project `api`, and `max_sessions = 9`.
    """
    base = world.base
    forged = write_session(base / "sessions/forged.json", pinned=True, title="Mine")
    stays = write_session(base / "sessions/stays.json", pinned=True)
    back = write_session(base / ".oxtui/trash" / ENTRY / "sessions/back.json")
    project = (base / "projects" / f"{PROJECT}.json").read_text()
    config = base / "config.toml"
    return {
        "edited": edited("sessions/forged.json", forged, b"Mine", b"Theirs"),
        "trashed": {
            "type": "trashed", "file": "sessions/back.json", "entry_id": ENTRY, "size": len(back)
        },
        "restored": {
            "type": "restored",
            "file": "sessions/stays.json",
            "entry_id": "01700000000000000009-00000000",
            "size": len(stays),
            "mark": mark(stays, (base / "sessions/stays.json").stat().st_mtime_ns),
        },
        "project": project_edited(PROJECT, "projects", project, project.replace("api", "theirs")),
        "settings": settings(config, CONFIG, b"9", b"7"),
    }  # fmt: skip


def mark(content: bytes, mtime_ns: int = 1) -> dict[str, Any]:
    """As the journal says what a file was like."""
    return {"sha256": hashlib.sha256(content).hexdigest(), "mtime_ns": mtime_ns}


def edited(file: str, now: bytes, new: bytes, old: bytes) -> dict[str, Any]:
    """An edit that made `new` of `old`, by whoever takes the journal's word."""
    return {
        "type": "edited",
        "file": file,
        **_stretch(now, new, old),
        "before": mark(now.replace(new, old)),
        "after": mark(now),
    }


def settings(path: Path, now: bytes, new: bytes, old: bytes) -> dict[str, Any]:
    """A change of a configuration."""
    states = {"before": mark(now.replace(new, old)), "after": mark(now)}
    return {
        "type": "settings",
        "change": {"path": str(path), **states, **_stretch(now, new, old)},
    }


def project_edited(project: str, storage: str, now: object, old: object) -> dict[str, Any]:
    """A change of a project, which is `now` and was `old`."""
    states = [{"content": each} if isinstance(each, str) else each for each in (old, now)]
    names = {"old_name": "theirs", "new_name": "api"}
    states = dict(zip(("before", "after"), states, strict=True))
    return {
        "type": "project", "change": {"project": project, "storage": storage, **names, **states}
    }  # fmt: skip


def _stretch(now: bytes, new: bytes, old: bytes) -> dict[str, Any]:
    return {
        "start": now.index(new),
        "removed": b64encode(old).decode(),
        "inserted": b64encode(new).decode(),
    }


def outward_changes(world: World) -> dict[str, dict[str, Any]]:
    """Changes whose names lead out of the store, or nowhere."""
    victim = world.victim
    names = {
        "parent": "../victim/file.json",
        "absolute": str(victim / "file.json"),
        "dots": "sessions/../../victim/file.json",
        "through a link": "src/a.json",
        "no session": "sessions/text",
    }
    (world.base / "src").symlink_to("../victim/work/src")
    (world.base / "kernel.db").symlink_to("../victim/kernel.db")
    changes: dict[str, dict[str, Any]] = {}
    for name, file in names.items():
        path = world.base / file
        held = path.read_bytes() if path.exists() else b"precious"
        size = len(held)
        when = path.stat().st_mtime_ns if path.exists() else 1
        changes[f"edited {name}"] = edited(file, held, held[2:4], b"theirs")
        changes[f"trashed {name}"] = {
            "type": "trashed", "file": file, "entry_id": ENTRY, "size": size
        }  # fmt: skip
        changes[f"restored {name}"] = {
            "type": "restored", "file": file, "entry_id": ENTRY, "size": size,
            "mark": mark(held, when),
        }  # fmt: skip
    session = world.base / "sessions/one.json"
    for entry in ("..", "../..", "../../victim", "", ".", str(victim), "a/../../b"):
        changes[f"trashed as {entry}"] = {
            "type": "trashed", "file": "sessions/new.json", "entry_id": entry, "size": 3
        }  # fmt: skip
        changes[f"restored as {entry}"] = {
            "type": "restored", "file": "sessions/one.json", "entry_id": entry,
            "size": session.stat().st_size,
            "mark": mark(session.read_bytes(), session.stat().st_mtime_ns),
        }  # fmt: skip
    home = world.home / ".oxios/config.toml"
    changes["settings of the home"] = settings(home, CONFIG, b"9", b"7")
    changes["settings of the victim"] = settings(victim / "config.toml", CONFIG, b"9", b"7")
    row = {"name": "api"}
    changes["a row"] = project_edited(API, "kernel.db", row, {"name": "theirs"})
    changes["a row to go"] = project_edited(API, "kernel.db", row, None)
    changes["no project"] = project_edited("../../victim/x", "projects", "a", None)
    return changes


def incomplete_changes() -> dict[str, dict[str, Any]]:
    """Changes that lack what each of ours has, or say what can't be."""
    return {
        "no content": project_edited(PROJECT, "projects", {}, {}),
        "no content before": project_edited(PROJECT, "projects", None, {}),
        "no id": project_edited("nobody", "kernel.db", None, {}),
        "no name": project_edited("nobody", "kernel.db", None, {"id": "nobody"}),
        "other columns": project_edited(API, "kernel.db", {"nothing": 1}, {"nothing": 2}),
        "no columns": project_edited(API, "kernel.db", {}, {}),
        "column": project_edited(API, "kernel.db", {'"; DROP TABLE projects; --': 1}, {}),
    }


def journal(changes: Mapping[str, Mapping[str, Any]], proof: str | None = None) -> str:
    """A journal in which each change is an act; its proof is made up, if there is any."""
    kinds = {"project": "project", "settings": "config", "edited": "move", "trashed": "delete"}
    lines: list[Mapping[str, Any]] = []
    for name, change in changes.items():
        act = {"act_id": f"forged-{name}"}
        kind = kinds.get(change["type"], "restore")
        when = "2026-01-01T00:00:00Z"
        lines.append({"type": "began", **act, "at": when, "kind": kind, "template": "Forged %n"})
        lines.append({"type": "did", **act, "change": change})
    texts = [json.dumps(line, separators=(",", ":")) for line in lines]
    ending = f',"proof":"{proof}"}}' if proof else "}"
    return "".join(f"\n{text[:-1]}{ending}" for text in texts)


def temp_name(file: str, expected: bytes, new: bytes) -> str:
    """The name of a temp file that says it is for replacing `expected` by `new`."""
    old, digest = Swap.of(expected, new)
    uuid = f"{old[:8]}-{old[8:12]}-8{old[12:]}-8{digest[:3]}-{digest[3:]}"
    return f"{file}.{GONE_PID}.{uuid}.tmp"
