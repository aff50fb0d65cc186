"""Which file systems say what happens on them."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

_MOUNTS: Final = Path("/proc/self/mountinfo")
_DESCRIPTORS: Final = Path("/proc/self/fdinfo")

# What is written on another machine, or behind a file system that is a program, is not told.
_SHARED: Final = frozenset({
    "9p", "acfs", "afs", "beegfs", "ceph", "cifs", "coda", "gfs2", "gpfs", "hgfs", "lustre",
    "ncpfs", "nfs", "nfs3", "nfs4", "ocfs2", "orangefs", "prl_fs", "pvfs2", "smb2", "smb3",
    "smbfs", "vboxsf", "virtiofs", "vmhgfs",
})  # fmt: skip
_PROGRAM: Final = "fuse"
# A program that has a disk of this machine for itself, such as ntfs-3g.
_PROGRAM_WITH_DISK: Final = "fuseblk"


def why_no_events(folder: Path) -> str | None:
    """Why not all changes in a folder are told; None where they are, or it is not there."""
    kind = file_system(folder)
    if kind in _SHARED or (kind.startswith(_PROGRAM) and kind != _PROGRAM_WITH_DISK):
        return f"{kind} reports no changes"
    return None


def file_system(folder: Path) -> str:
    """The kind of file system that holds a folder; empty where the system does not tell."""
    if sys.platform != "linux":
        return ""
    with suppress(OSError):
        # With the dot it is what lies there, also where that is mounted only when it is used.
        descriptor = os.open(f"{folder}/.", os.O_PATH | os.O_CLOEXEC)
        try:
            facts = (_DESCRIPTORS / str(descriptor)).read_text().split()
        finally:
            os.close(descriptor)
        mount = facts[facts.index("mnt_id:") + 1]
        for line in _MOUNTS.read_text(errors="replace").splitlines():
            fields = line.split()
            if fields[:1] == [mount]:
                return fields[fields.index("-", 6) + 1]  # after fields of which there may be none
    return ""
