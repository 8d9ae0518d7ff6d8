"""The analyzer of istioctl, against the cluster."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    code: str
    """Such as ``IST0101``."""

    level: str
    origin: str
    """Kind, namespace and name of an object."""

    message: str

    @property
    def namespace(self) -> str | None:
        """The namespace of the object. Objects of other operators are in this cluster too."""
        return self.origin.rpartition(" ")[2].rpartition("/")[0] or None


@dataclass(frozen=True, slots=True)
class Analyzer:
    program: Path
    environment: Mapping[str, str]

    def findings(self) -> list[Finding]:
        """Everything that it reports on any object of the cluster."""
        command = [self.program, "analyze", "--all-namespaces", "--output", "json", "--failure-threshold", "Error"]
        done = subprocess.run(command, env=dict(self.environment), capture_output=True, text=True, check=False)
        assert done.stdout.startswith("["), done.stderr
        return [
            Finding(code=each["code"], level=each["level"], origin=each.get("origin", ""), message=each["message"])
            for each in json.loads(done.stdout)
        ]
