"""LibreOffice for tests: the installed one, else Debian's packages, unpacked in build/.

No root is needed: apt keeps its lists in a folder of ours, and nothing is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.server import ROOT

FOLDER = ROOT / "build" / "libreoffice"
PACKAGE = "libreoffice-calc-nogui"
CONVERT_S = 180
ATTEMPTS = 2
"""The first start makes a profile, and then wants to be started again."""


@dataclass(frozen=True, slots=True)
class Office:
    """A LibreOffice that can be started."""

    program: str
    libraries: str = ""

    def convert(self, file: Path, extension: str, folder: Path) -> Path:
        """Open a file without a window and save it in another format, into `folder`."""
        environment = {**os.environ, "HOME": str(folder)}
        if self.libraries:
            environment["LD_LIBRARY_PATH"] = self.libraries
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = [self.program, profile, "--headless", "--convert-to", extension]
        made = folder / f"{file.stem}.{extension}"
        said = ""
        for _ in range(ATTEMPTS):
            done = subprocess.run(
                [*command, "--outdir", str(folder), str(file)],
                env=environment,
                capture_output=True,
                text=True,
                timeout=CONVERT_S,
                check=False,
            )
            if made.exists():
                return made
            said += f"{done.returncode}: {done.stdout}{done.stderr}\n"
        raise AssertionError(f"LibreOffice did not convert: {said}")


def found_office() -> Office:
    """The one on the PATH, else one that is fetched once; an error says what is missing."""
    installed = shutil.which("soffice") or shutil.which("libreoffice")
    if installed:
        return Office(installed)
    root = FOLDER / "root"
    if not (FOLDER / "made").exists():
        assert shutil.which("apt-get"), "install LibreOffice (soffice): there is no apt to fetch it"
        assert shutil.which("dpkg"), "install LibreOffice (soffice): there is no dpkg to unpack it"
        shutil.rmtree(FOLDER, ignore_errors=True)
        _fetch(FOLDER / "packages")
        for package in sorted((FOLDER / "packages").glob("*.deb")):
            _run(["dpkg", "-x", str(package), str(root)])
        _settle(root)
        shutil.rmtree(FOLDER / "packages")
        (FOLDER / "made").touch()
    program = root / "usr/lib/libreoffice/program"
    machine = next(root.glob("usr/lib/*-linux-gnu*"))
    places = (program, machine, machine / "lapack", machine / "blas")
    return Office(str(program / "soffice.bin"), ":".join(map(str, places)))


def _fetch(folder: Path) -> None:
    """The package and all that it needs and this machine has not."""
    for part in ("lists/partial", "cache"):
        (folder / part).mkdir(parents=True)
    settings = {
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "Debug::NoLocking": "true",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in settings.items())]
    _run([*apt, "update"])
    plan = _run([*apt, "--simulate", "--no-install-recommends", "install", PACKAGE])
    names = [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]
    _run([*apt, "download", *names], cwd=folder)


def _settle(root: Path) -> None:
    """Do what the packages' own scripts would do, for a place that is not the usual one."""
    registry = root / "usr/lib/libreoffice/share/.registry"
    shutil.copytree(registry, root / "etc/libreoffice/registry", dirs_exist_ok=True)
    for link in root.rglob("*"):
        if link.is_symlink() and link.readlink().is_absolute():
            target = root / link.readlink().relative_to("/")
            link.unlink()
            link.symlink_to(target)
    for settings in ("fundamentalrc", "bootstraprc", "sofficerc"):
        file = root / "usr/lib/libreoffice/program" / settings
        if file.exists():
            text = file.read_text()
            for place in ("usr/lib/libreoffice", "etc/libreoffice"):
                text = text.replace(f"file:///{place}", (root / place).as_uri())
            file.write_text(text)


def _run(command: list[str], cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command[:2])}: {done.stderr[-2000:]}"
    return done.stdout
