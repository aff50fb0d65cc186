"""Measuring things of this process by turns."""

import gc
import time
from collections.abc import Awaitable, Callable

from tests.bench.results import Samples


def seconds(do: Callable[[], object]) -> float:
    """How long something takes."""
    gc.collect()
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


async def awaited_seconds(doing: Awaitable[object]) -> float:
    """How long something takes in an event loop that runs already, as an application's does."""
    gc.collect()
    began = time.perf_counter()
    await doing
    return time.perf_counter() - began


def by_turns(often: int, *doings: Callable[[], object]) -> list[Samples]:
    """How long each of some things takes, one after the other and again, after one round unseen."""
    for do in doings:
        do()
    rounds = [[seconds(do) for do in doings] for _ in range(often)]
    return [Samples.of(column) for column in zip(*rounds, strict=True)]
