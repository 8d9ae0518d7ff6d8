"""Has ``help()`` show what stands below each field of a value, without work at import."""

from __future__ import annotations

import sys
from functools import cache
from typing import cast

__all__ = ["FieldDocs", "describe_fields"]


class FieldDocs(dict[str, str | None]):
    """The ``__slots__`` of a dataclass, as a dict from each field to its docstring.

    It is Python's own way to describe slots (``inspect.getdoc`` and ``help`` ask for it), and what dataclasses write themselves
    from Python 3.14 on for ``field(doc=…)``. The source is read for the first docstring that is needed.
    """

    def __init__(self, kind: type, names: tuple[str, ...]) -> None:
        super().__init__(dict.fromkeys(names))
        self._kind = kind

    def __getitem__(self, name: str) -> str | None:
        return _read_docs(self._kind.__module__).get(f"{self._kind.__qualname__}.{name}")


def describe_fields(value: object) -> None:
    """Have ``help()`` describe the fields of a dataclass, and those that it inherits. Any other object stays as it is."""
    kinds: tuple[type, ...] = getattr(value, "__mro__", ())
    for kind in kinds:
        slots: object = vars(kind).get("__slots__")
        if isinstance(slots, tuple) and "__dataclass_fields__" in vars(kind):
            type.__setattr__(kind, "__slots__", FieldDocs(kind, cast("tuple[str, ...]", slots)))


@cache
def _read_docs(module: str) -> dict[str, str]:
    """Every string below a field, by class and field; none where the source is not there."""
    import ast
    import inspect

    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (KeyError, OSError, TypeError):
        return {}
    docs: dict[str, str] = {}
    for kind in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for before, after in zip(kind.body, kind.body[1:], strict=False):
            match before, after:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    docs[f"{kind.name}.{name}"] = inspect.cleandoc(text)
                case _:
                    pass
    return docs
