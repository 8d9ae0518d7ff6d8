"""Writes signatures: what a function or constructor takes and returns, in the words of its source."""

from __future__ import annotations

from tools.reference.sheet import Known, show
from tools.reference.sources import find_value

import griffe

WIDTH = 100


def list_parameters(function: griffe.Function) -> list[griffe.Parameter]:
    """Its parameters without ``self`` or ``cls``."""
    bound = isinstance(function.parent, griffe.Class) and "staticmethod" not in function.labels
    return list(function.parameters)[1 if bound else 0 :]


def write_signature(name: str, function: griffe.Function, known: Known) -> str:
    """It in one line."""
    return f"{name}({', '.join(_write_parameters(function, known))}){_write_result(function, known)}"


def write_block(name: str, function: griffe.Function, known: Known) -> list[str]:
    """It as a block of code, a parameter a line where it is long."""
    line = write_signature(name, function, known)
    if len(line) <= WIDTH:
        return ["```python", line, "```"]
    parameters = [f"    {each}," for each in _write_parameters(function, known)]
    return ["```python", f"{name}(", *parameters, f"){_write_result(function, known)}", "```"]


def _write_result(function: griffe.Function, known: Known) -> str:
    if function.returns is None or function.name == "__init__":
        return ""
    return f" -> {show(function.returns, known)}"


def _write_parameters(function: griffe.Function, known: Known) -> list[str]:
    parts: list[str] = []
    kinds = griffe.ParameterKind
    before: griffe.ParameterKind | None = None
    for each in list_parameters(function):
        if before is kinds.positional_only and each.kind is not kinds.positional_only:
            parts.append("/")
        if each.kind is kinds.keyword_only and before not in (kinds.keyword_only, kinds.var_positional):
            parts.append("*")
        parts.append(_write_parameter(each, known))
        before = each.kind
    return [*parts, "/"] if before is kinds.positional_only else parts


def _write_parameter(parameter: griffe.Parameter, known: Known) -> str:
    kinds = griffe.ParameterKind
    stars = {kinds.var_positional: "*", kinds.var_keyword: "**"}.get(parameter.kind or kinds.keyword_only, "")
    text = f"{stars}{parameter.name}"
    if parameter.annotation is not None:
        text += f": {show(parameter.annotation, known)}"
    # griffe takes () for the default of *args, and {} for that of **kwargs.
    if parameter.default is not None and not stars:
        text += f" = {show(find_value(parameter.default))}"
    return text
