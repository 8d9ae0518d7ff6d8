"""A program of this machine as a container that is drawn would run it: with exactly its variables, its files and its hosts."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.api import Object
from tests.cluster.clusters import Done

REFERENCE = re.compile(r"\$\((\w+)\)")
ROOM = "/etc"
"""The directory that the process has to itself: only the files that are mounted are in it, and the names of hosts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """The variables and files of the first container of a workload."""

    variables: Mapping[str, str]
    files: Mapping[str, str]

    def run(self, program: Path, *arguments: str, hosts: Mapping[str, str], folder: Path) -> Done:
        """Run a program. Arguments may name variables, as those of a container do."""
        command, flags = self.command(program, *arguments, hosts=hosts, folder=folder)
        done = subprocess.run([command, *flags], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        return Done(status=done.returncode, out=done.stdout, err=done.stderr)

    def command(
        self, program: Path, *arguments: str, hosts: Mapping[str, str], folder: Path
    ) -> tuple[Path, tuple[str, ...]]:
        """Return the command, and its arguments, that run a program; a file of it is written into the folder."""
        work = folder / "container"
        lines = ["set -eu", f"mount -t tmpfs tmpfs {ROOM}"]
        known = "".join(f"{address} {name}\n" for name, address in hosts.items())
        for path, content in {f"{ROOM}/hosts": known, **self.files}.items():
            assert path.startswith(f"{ROOM}/"), f"{path}: not below {ROOM}"
            lines += [f"mkdir -p {shlex.quote(path.rpartition('/')[0])}"]
            lines += [f"printf %s {shlex.quote(content)} > {shlex.quote(path)}"]
        variables = [f"{name}={value}" for name, value in self.variables.items()]
        expanded = [_expanded(each, self.variables) for each in arguments]
        lines += [shlex.join(["exec", "env", "-i", *variables, str(program), *expanded])]
        work.write_text("\n".join(lines), encoding="utf-8")
        return Path(shutil.which("unshare") or "unshare"), ("--mount", "sh", str(work))


def container_of(workload: Object, secrets: Mapping[tuple[str, str], str], *, host: str = "127.0.0.1") -> Container:
    """The container of a workload, with the values of `secrets`, each by the name and the key of its Secret."""
    pod = workload["spec"]["template"]["spec"]
    [container] = pod["containers"]
    variables: dict[str, str] = {}
    for each in container["env"]:
        variables[each["name"]] = _expanded(_value(each, secrets, host), variables)
    volumes = {each["name"]: each for each in pod["volumes"]}
    files: dict[str, str] = {}
    for mount in container["volumeMounts"]:
        secret = volumes[mount["name"]].get("secret")
        if secret is None:
            assert "emptyDir" in volumes[mount["name"]]
            continue
        keys = {each["path"]: each["key"] for each in secret["items"]}
        files[mount["mountPath"]] = secrets[secret["secretName"], keys[mount["subPath"]]]
    return Container(variables=variables, files=files)


def _value(variable: Mapping[str, Any], secrets: Mapping[tuple[str, str], str], host: str) -> str:
    match variable:
        case {"value": str(text)}:
            return text
        case {"valueFrom": {"secretKeyRef": {"name": str(name), "key": str(key)}}}:
            return secrets[name, key]
        case {"valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}:
            return host
        case _:
            message = f"a variable that is not known here: {variable}"
            raise ValueError(message)


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    """As Kubernetes does it: a variable that comes later is not replaced."""
    return REFERENCE.sub(lambda found: variables.get(found[1], found[0]), text)
