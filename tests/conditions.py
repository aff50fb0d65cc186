"""Waiting for what is to come about, and never for a time."""

import asyncio
import time
from collections.abc import Callable

PATIENCE_S = 20.0


async def until(condition: Callable[[], object], what: str = "") -> None:
    """Returns as soon as `condition` holds; fails when it does not within the deadline."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE_S:.0f} s for {what or condition}"
        await asyncio.sleep(0.005)
