"""Files in a folder, and waiting until what was read of them can be relied on."""

import os
import socket
import time
from pathlib import Path

from oxtui.store.leases import keep_openers_out
from oxtui.store.summaries.entries import UNSETTLED, read_entry


def settle(folder: Path) -> None:
    """Waits until a write to any of the files would show in its time of change."""
    for path in folder.iterdir():
        while (entry := read_entry(path)) is not None and entry.changed_ns == UNSETTLED:
            time.sleep(0.001)


def make_socket(path: Path) -> None:
    """Makes a socket, whose path the system wants to be short."""
    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def leases_are_to_be_had(folder: Path) -> bool:
    """Whether who opens a file there can be made to wait."""
    probe = folder / "probe"
    with probe.open("wb") as file:
        keep_openers_out(file.fileno())
        try:
            os.close(os.open(probe, os.O_RDONLY | os.O_NONBLOCK))
        except BlockingIOError:
            return True
        finally:
            probe.unlink()
    return False
