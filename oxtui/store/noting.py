"""Write-ahead notes: what is about to be done to a file is known before it is.

Whoever changes a file is given a `Noting`. It is entered with the change right before that is done,
and left when it is done; if the body fails, the note is taken back. So a change that was done is
always known, whenever the process ends.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

_Change = TypeVar("_Change")

Noted = Callable[[], object] | None
"""Waits until a note is on the disk; None where it is brought there later."""

Noting = Callable[[_Change], AbstractContextManager[Noted]]
"""Notes a change that is about to be done, and takes the note back when the body fails."""


def unnoted(_: object) -> AbstractContextManager[None]:
    """Notes nothing."""
    return nullcontext()
