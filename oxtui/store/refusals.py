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


def advised(error: OSError) -> str:
    """What the user can do about it: a space and a sentence, or nothing."""
    advice = _ADVICE.get(error.errno or 0)
    return f" {advice}" if advice else ""
