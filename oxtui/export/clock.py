"""Moments as people read them."""

from datetime import datetime

from oxtui.sanitize import sanitize
from oxtui.store.timestamps import Timestamp


def local_time(time: Timestamp) -> str:
    """A moment on the user's clock, to the minute."""
    try:
        moment = datetime.fromtimestamp(time.ns // 1_000_000_000).astimezone()
        return moment.strftime("%Y-%m-%d %H:%M")
    except (OverflowError, OSError, ValueError):  # at the edges of the calendar
        return sanitize(time.text)
