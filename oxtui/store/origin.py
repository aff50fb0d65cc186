"""Telling what this user's oxtui wrote into a store from what came with it.

A store is a stranger's until this user changes something in it. From then on it has an id, in
`.oxtui/id`, and this user's state folder has a key for it, which nobody else can read. Every record
of the journal carries a proof made with that key (HMAC-SHA256), so one that somebody else wrote, or
that was written for another store, is known as such.

A store is known again by its id together with its path or the inode of its folder: it may be moved,
and restored from a backup, but a copy of it elsewhere is a stranger's.
"""

import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

import msgspec
from msgspec import structs

from oxtui.errors import UnreadableError
from oxtui.locations import known_stores_folder
from oxtui.store.own_folder import open_file_at, own_folder
from oxtui.store.private import make_private_folder, open_private
from oxtui.store.regular_files import read_regular, write_all

ID_FILE: Final = "id"
_ID: Final = re.compile(rb"[0-9a-f]{32}")
_KEY_BYTES: Final = 32
_TICK_NS: Final = 20_000_000  # by which the clock of a file system may be behind
_PROOF: Final = re.compile(rb',"proof":"([0-9a-f]{64})"\}')
_PROOF_BYTES: Final = 76


class _Place(msgspec.Struct, frozen=True):
    """Where a store was when this user wrote to it, the key for what they wrote, and since when."""

    path: str
    inode: int
    key: bytes
    since_ns: int

    @classmethod
    def new(cls, path: str, inode: int) -> Self:
        """A place that this user never wrote to."""
        return cls(path, inode, secrets.token_bytes(_KEY_BYTES), time.time_ns() - _TICK_NS)

    def is_of(self, path: str, inode: int) -> bool:
        """Whether a store at a path, with a folder of an inode, is this one."""
        return self.inode == inode or self.path == path


_PLACES: Final = msgspec.json.Decoder(list[_Place])


class Origin:
    """What proves that a record was written here, by this user.

    Attributes:
        since_ns: When they wrote for the first time, nanoseconds since the epoch.
    """

    def __init__(self, places: Sequence[_Place]) -> None:
        """Proves with the key of the first of the places, and takes the proof of any."""
        self._keys = [place.key for place in places]
        self.since_ns = min(place.since_ns for place in places)

    @classmethod
    def known(cls, base: Path) -> Self | None:
        """That of a store that this user has written to; None for a stranger's.

        Raises:
            OSError: That can't be known; `strerror` says why.
        """
        try:
            with own_folder(base) as folder:
                store_id, inode = _id_in(folder), os.fstat(folder).st_ino
        except FileNotFoundError:
            return None
        path = os.path.realpath(base)
        here = [place for place in _places(store_id) if place.is_of(path, inode)]
        return cls(here) if here else None

    @classmethod
    def made(cls, base: Path) -> Self | None:
        """That of a store which this user is about to write to.

        Returns:
            None where there is no state folder to keep a key in; nothing is proved then.

        Raises:
            OSError: The store's own folder can't be written.
        """
        with own_folder(base, make=True) as folder:
            store_id, inode = _id_in(folder) or _made_id(folder), os.fstat(folder).st_ino
        try:
            places, path = _places(store_id), os.path.realpath(base)
            here = [place for place in places if place.is_of(path, inode)]
            here = here or [_Place.new(path, inode)]
            now = structs.replace(here[0], path=path, inode=inode)  # it may have been moved
            if now not in places:
                _keep(store_id, [now, *(place for place in places if place.key != now.key)])
        except OSError:
            return None
        return cls(here)

    def proved(self, record: bytes) -> bytes:
        """A record, a JSON object with a member at least, with its proof as one more member."""
        proof = hmac.digest(self._keys[0], record, hashlib.sha256).hex()
        return b'%b,"proof":"%b"}' % (record[:-1], proof.encode())

    def proves(self, line: bytes) -> bool:
        """Whether a line is a record that was written here."""
        found = _PROOF.fullmatch(line[-_PROOF_BYTES:])
        if found is None:
            return False
        record, proof = line[:-_PROOF_BYTES] + b"}", bytes.fromhex(found[1].decode())
        return any(
            hmac.compare_digest(hmac.digest(key, record, hashlib.sha256), proof)
            for key in self._keys
        )


def _id_in(folder: int) -> str:
    """The id of the store; empty if it has none."""
    try:
        descriptor = open_file_at(folder, ID_FILE, os.O_RDONLY)
    except FileNotFoundError:
        return ""
    try:
        found = os.read(descriptor, 64)
    finally:
        os.close(descriptor)
    return found.decode() if _ID.fullmatch(found) else ""


def _made_id(folder: int) -> str:
    made = secrets.token_hex(16)
    descriptor = open_file_at(folder, ID_FILE, os.O_RDWR | os.O_CREAT)
    try:
        os.ftruncate(descriptor, 0)
        write_all(descriptor, made.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return made


def _places(store_id: str) -> list[_Place]:
    """The places of the stores that have an id.

    Raises:
        OSError: They can't be read.
    """
    if not store_id:
        return []
    try:
        return _PLACES.decode(read_regular(known_stores_folder() / store_id))
    except (FileNotFoundError, NotADirectoryError, UnreadableError, msgspec.DecodeError):
        return []


def _keep(store_id: str, places: list[_Place]) -> None:
    path = known_stores_folder() / store_id
    make_private_folder(path.parent)
    temp = path.with_name(f"{store_id}.{secrets.token_hex(8)}.tmp")
    descriptor = open_private(str(temp), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        try:
            write_all(descriptor, msgspec.json.encode(places))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temp.replace(path)
    except OSError:
        temp.unlink(missing_ok=True)
        raise
