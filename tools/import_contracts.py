"""Contract types for import-linter: packages that import the standard library only, and rooms that are strangers.

The `forbidden` type that comes with the tool wants every forbidden package by name, so that a new dependency would pass
unseen. These name what is allowed.
"""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, cast

from importlinter import Contract, ContractCheck, fields, output

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grimp import ImportGraph


def _inside(module: str, packages: Iterable[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


class StandardLibraryContract(Contract):
    """`source_packages` may import the standard library and `allowed_packages`, and nothing else.

    A source package that does not exist is an error: a contract that checks nothing would be kept for ever.
    """

    source_packages = fields.ListField(subfield=fields.StringField())
    allowed_packages = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 the tool's signature
        sources = [*cast("list[str]", self.source_packages)]
        allowed = [*cast("list[str]", self.allowed_packages), *sys.stdlib_module_names]
        for pattern in [each for each in sources if "*" in each]:
            sources.remove(pattern)
            sources += sorted(each for each in graph.modules if fnmatchcase(each, pattern)) or [pattern]
        for package in sources:
            if package not in graph.modules:
                message = f"source_packages: no such module, got {package!r}; name a module of the project"
                raise ValueError(message)
        broken = sorted(
            f"{importer} imports {imported}"
            for importer in graph.modules
            if _inside(importer, sources)
            for imported in graph.find_modules_directly_imported_by(importer)
            if not _inside(imported, allowed)
        )
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in cast("list[str]", check.metadata["broken"]):
            output.print_error(line, bold=False)


class RoomsContract(Contract):
    """No package right below `rooms` imports another one, but for those that are `standards`."""

    rooms = fields.StringField()
    standards = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 the tool's signature
        rooms, standards = cast("str", self.rooms), cast("list[str]", self.standards)
        prefix = f"{rooms}."
        for standard in standards:
            if f"{prefix}{standard}" not in graph.modules:
                message = f"standards: no such room, got {standard!r}; name a package below {rooms}"
                raise ValueError(message)

        def room(module: str) -> str:
            return module.removeprefix(prefix).partition(".")[0] if module.startswith(prefix) else ""

        broken = sorted(
            f"{importer} imports {imported}"
            for importer in graph.modules
            if room(importer)
            for imported in graph.find_modules_directly_imported_by(importer)
            if room(imported) not in ("", room(importer), *standards)
        )
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in cast("list[str]", check.metadata["broken"]):
            output.print_error(line, bold=False)
