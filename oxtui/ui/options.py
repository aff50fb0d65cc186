"""How the application was asked to run."""

from pathlib import Path

import msgspec

from oxtui.glyphs import ASCII, UNICODE, Glyphs
from oxtui.locations import StoreLocation, config_path


class Options(msgspec.Struct, frozen=True):
    """What the command line decided.

    Attributes:
        location: The store, and who named it.
        read_only: Why nothing may be written; None when it may.
        ascii: Whether the terminal has ASCII characters only.
        theme: The name of a theme; None for the one that was used last.
        poll_s: Seconds between two scans; None to be told of changes by the system.
        low_bandwidth: Whether every byte to the terminal counts.
    """

    location: StoreLocation
    read_only: str | None = None
    ascii: bool = False
    theme: str | None = None
    poll_s: float | None = None
    low_bandwidth: bool = False

    @property
    def base(self) -> Path:
        """The folder of the store."""
        return self.location.path

    @property
    def config(self) -> Path:
        """The config.toml that belongs to the store."""
        return config_path(self.base)

    @property
    def glyphs(self) -> Glyphs:
        """The marks to draw with."""
        return ASCII if self.ascii else UNICODE
