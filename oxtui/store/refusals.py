"""What the system says when it refuses something, and what to do about it."""

import errno
from typing import Final

_ADVICE: Final = {
    errno.ENOSPC: "Make room on that disk, then try again.",
    errno.EDQUOT: "Make room within your quota there, then try again.",
    errno.EACCES: "See who owns it and who may write to it, then try again.",
    errno.EPERM: "See who owns it and who may write to it, then try again.",
    errno.EROFS: "Mount that disk for writing, then try again.",
    errno.EIO: "See what the system's log says of that disk, then try again.",
    errno.ENOENT: "See whether its folder was moved or unmounted, then try again.",
    errno.ESTALE: "See whether its folder was moved or unmounted, then try again.",
    errno.ENOTDIR: "See what is there instead of a folder, then try again.",
    errno.EMFILE: "Start oxtui again, or allow it more open files.",
    errno.ENFILE: "Close other programs, then try again.",
}


def reason(error: OSError) -> str:
    """Why the system refused, without a full stop."""
    return error.strerror or str(error)


def explained(error: OSError, outcome: str = "") -> str:
    """Why the system refused, what came of it, and what the user can do about it: sentences."""
    sentences = (f"{reason(error)}.", outcome, _ADVICE.get(error.errno or 0, ""))
    return " ".join(filter(None, sentences))
