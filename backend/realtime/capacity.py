"""How many connections a process may hold."""

from __future__ import annotations

import resource

from backend.config import Config

MOST = 20_000
"""What one process was seen to serve well; more is a setting."""
SHARE_OF_FILES = 0.8
"""The others are for requests, the database, and files that are read."""


def most_subscribers(config: Config) -> int:
    """How many subscribers are taken: as set, else as many as open files leave room for."""
    if config.max_subscribers:
        return config.max_subscribers
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if files == resource.RLIM_INFINITY else min(MOST, int(files * SHARE_OF_FILES))
