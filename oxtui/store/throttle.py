"""Pruning no more often than every so many seconds."""

import threading
import time
from collections.abc import Callable


class PruneThrottle:
    """Remembers when sessions were pruned last (`state_store.rs: PruneThrottle`)."""

    def __init__(self, cooldown_s: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepares to throttle; `clock` gives monotonic seconds."""
        self._cooldown_s = cooldown_s
        self._clock = clock
        self._last: float | None = None
        self._lock = threading.Lock()

    def should_prune(self) -> bool:
        """Whether the cooldown is over; if so, it begins anew."""
        with self._lock:
            now = self._clock()
            # Whole seconds, as in the reference.
            if self._last is not None and int(now - self._last) < self._cooldown_s:
                return False
            self._last = now
            return True
