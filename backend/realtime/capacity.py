"""How many connections a process may hold, and what it costs to hold them."""

from __future__ import annotations

import gc
import resource

from backend.config import Config

MOST = 20_000
"""What one process was seen to serve well; more is a setting."""
SHARE_OF_FILES = 0.8
"""The others are for requests, the database, and files that are read."""
SETTLED_AT_ONCE = 500


class Settling:
    """Spares the garbage collector those who stay: open connections are no garbage.

    Looking through them again and again was a third of what ten thousand cost who join. Once
    half of them have left, what they left behind is collected.
    """

    def __init__(self) -> None:
        self._settled = 0

    def see(self, population: int) -> None:
        """Take notice of how many there are now."""
        if population >= self._settled + SETTLED_AT_ONCE:
            gc.collect(1)
            gc.freeze()
            self._settled = population
        elif self._settled > SETTLED_AT_ONCE and population < self._settled // 2:
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            self._settled = population


def most_subscribers(config: Config) -> int:
    """How many subscribers are taken: as set, else as many as open files leave room for."""
    if config.max_subscribers:
        return config.max_subscribers
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if files == resource.RLIM_INFINITY else min(MOST, int(files * SHARE_OF_FILES))
