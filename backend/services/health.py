"""Whether the server can serve: both databases answer."""

from __future__ import annotations

from backend.services.runner import Runner
from backend.store.database import Database


class HealthService:
    """Asks the databases, in a thread of its own, so that busy readers do not hold it up."""

    def __init__(self, databases: tuple[Database, ...], runner: Runner) -> None:
        self._databases = databases
        self.runner = runner

    async def check(self) -> None:
        """Raise UnavailableError where a database does not answer."""
        await self.runner.run(self._check)

    def _check(self) -> None:
        for database in self._databases:
            database.ping()
