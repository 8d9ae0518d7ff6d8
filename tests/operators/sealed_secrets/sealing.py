"""The real kubeseal, which asks the controller for its certificate, and the commands that the library shows."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kmop_constructs import SpecError
from kmop_constructs.testing import synthesize
from tests.cluster.api import Object
from tests.operators.sealed_values import FILES, PLACE, SHARED_AS, VALUES, build

from cdk8s import App

COMMAND = re.compile(r"^kubectl create secret .*", re.DOTALL | re.MULTILINE)
HOLE = re.compile(r"--from-file=(\S+)=<file with its value>")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealer:
    """Seals values for the controller, in files of a folder."""

    kubeseal: Path
    environment: Mapping[str, str]
    folder: Path

    def run(self, *arguments: str, text: str = "") -> str:
        """The output of kubeseal. Raises `subprocess.CalledProcessError` if it fails."""
        return self._done([str(self.kubeseal), *arguments], text)

    def shell(self, command: str, values: Mapping[str, str]) -> None:
        """Run a command that a message of the library shows, with files that have the values of its keys."""
        plain = self.folder / "plain"
        plain.mkdir(exist_ok=True)
        for key, value in values.items():
            (plain / key).write_text(value, encoding="utf-8")
        filled = HOLE.sub(lambda found: f"--from-file={found[1]}={plain / found[1]}", command)
        assert "<" not in filled, filled
        self._done(["bash", "-euo", "pipefail", "-c", filled])

    def raw(self, name: str, value: str, scope: str) -> str:
        """What `kubeseal --raw` prints for a value."""
        where = ["--namespace", PLACE, "--name", name] if scope == "strict" else []
        return self.run("--raw", "--scope", scope, *where, "--from-file=/dev/stdin", text=value)

    def seal(self, values: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """Write the file of each Secret, and return the values that are in the program."""
        (self.folder / "production").mkdir(exist_ok=True)
        sealed = {name: self.raw(name, values[name]["key"], scope) for name, scope in VALUES.items()}
        self._share(values["shared"]["token"])
        for _ in FILES:
            command = self.asked(sealed)
            if command is None:
                break
            (name,) = [each for each in FILES if f"/{each}.yaml" in command]
            self.shell(command, values[name])
        return sealed

    def asked(self, sealed: Mapping[str, str]) -> str | None:
        """The command that a message shows when the app is drawn; none where it can be drawn."""
        try:
            self.draw(sealed)
        except SpecError as error:
            found = COMMAND.search(str(error))
            if found is None:
                raise
            return found[0]
        return None

    def draw(self, sealed: Mapping[str, str], **more: str) -> list[Object]:
        app = App(outdir=str(self.folder / "dist"))
        build(app, self.folder, sealed, **more)
        return [*synthesize(app).objects]

    def _share(self, token: str) -> None:
        """A file for the whole namespace, with another name in it."""
        kubectl = ["kubectl", "create", "secret", "generic", SHARED_AS, f"--namespace={PLACE}", "--dry-run=client"]
        plain = self._done([*kubectl, f"--from-literal=token={token}", "--output=json"])
        text = self.run("--scope=namespace-wide", "--format=yaml", text=plain)
        (self.folder / "production" / "shared.yaml").write_text(text, encoding="utf-8")

    def _done(self, command: list[str], text: str = "") -> str:
        path = f"{self.kubeseal.parent}:{self.environment['PATH']}"
        done = subprocess.run(
            command,
            env={**self.environment, "PATH": path},
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
        return done.stdout
