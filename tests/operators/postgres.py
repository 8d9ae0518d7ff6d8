"""A real PostgreSQL, where it is installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.cluster.waiting import eventually
from tests.operators.running import started

import pytest

SYSTEM_USER = "postgres"
"""The server refuses to run as root."""

PORT = 5432


@dataclass(frozen=True, kw_only=True, slots=True)
class Postgres:
    programs: Path
    user: str = "administrator"
    password: str = "of-the-administrator"

    @classmethod
    @contextmanager
    def started(cls, folder: Path) -> Generator[Self]:
        """Run one. Skips the test where there is none; in CI that is a failure."""
        found = cls(programs=_programs())
        # Another user cannot read the folders of pytest.
        data = Path(tempfile.mkdtemp(prefix="postgres-"))
        try:
            account = pwd.getpwnam(SYSTEM_USER)
            (data / "password").write_text(found.password, encoding="utf-8")
            for each in (data, data / "password"):
                os.chown(each, account.pw_uid, account.pw_gid)
            initdb = (found.programs / "initdb", "-D", data / "data", "-U", found.user, "--auth=scram-sha-256")
            made = subprocess.run(
                [*_AS_USER, *initdb, "--pwfile", data / "password", "--no-sync"],
                cwd=data,
                capture_output=True,
                text=True,
                check=False,
            )
            if made.returncode:
                _missing(f"initdb: {made.stderr}")
            flags = ("-D", str(data / "data"), "-k", str(data), "-p", str(PORT), "-c", "fsync=off")
            command = (*_AS_USER[1:], str(found.programs / "postgres"), *flags)
            program = Path(str(shutil.which(_AS_USER[0])))
            with started(program, *command, environment=os.environ, folder=folder, name="postgres") as running:

                def not_ready() -> list[str]:
                    running.check()
                    return [] if found.lets_in(found.user, found.password) else [running.text()]

                eventually(not_ready)
                yield found
        finally:
            shutil.rmtree(data, ignore_errors=True)

    def url(self, login: str) -> str:
        return f"postgresql://{login}@127.0.0.1:{PORT}/postgres?sslmode=disable"

    def lets_in(self, user: str, password: str) -> bool:
        """Whether a login works now."""
        command = [
            self.programs / "psql",
            "-w",
            "-h",
            "127.0.0.1",
            "-p",
            str(PORT),
            "-U",
            user,
            "-c",
            "SELECT 1",
            "postgres",
        ]
        environment = {**os.environ, "PGPASSWORD": password}
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


_AS_USER = ("setpriv", f"--reuid={SYSTEM_USER}", f"--regid={SYSTEM_USER}", "--clear-groups")


def _programs() -> Path:
    """The folder of the programs, of the newest version that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]))
    if not found or shutil.which("setpriv") is None or os.geteuid():
        _missing("no PostgreSQL: the test needs Debian's package `postgresql`, and root to run it as its own user")
    return found[-1].parent


def _missing(reason: str) -> None:
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
