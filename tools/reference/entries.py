"""Writes the section of a name: what it is, its fields or arguments, its methods and properties."""

from __future__ import annotations

from collections.abc import Iterable

from tools.reference.members import (
    Field,
    is_value,
    name_members,
    read_all_fields,
    read_fields,
    read_methods,
    read_properties,
)
from tools.reference.sheet import Known, Sheet, show
from tools.reference.signatures import list_parameters, write_block, write_signature
from tools.reference.sources import find_bases, find_foreign_bases, find_type_arguments

import griffe


def write_entry(sheet: Sheet, made: griffe.Object, title: str) -> list[str]:
    """The section of a public name."""
    if isinstance(made, griffe.Class):
        return _write_class(sheet, made, title)
    if isinstance(made, griffe.Function):
        return [*write_block(title, made, {}), "", *_write_docs(sheet, made, {})]
    assert isinstance(made, griffe.Attribute), made
    return _write_constant(sheet, made, title)


def write_shared(sheet: Sheet, kind: griffe.Class) -> list[str]:
    """The section of a class that is not exported, but brings members to classes that are."""
    note = "This class is not exported. The classes above that extend it have its members."
    return [*_write_text(sheet, kind), "", note, "", *_write_members(sheet, [kind], {})]


def find_shared(kind: griffe.Class) -> list[griffe.Class]:
    """The bases of a class that have a section of their own: those that add something and have a name to look up."""
    return [each for each in find_bases(kind) if not each.name.startswith("_") and name_members(each)]


def _write_class(sheet: Sheet, kind: griffe.Class, title: str) -> list[str]:
    known = find_type_arguments(kind)
    lines = [*_write_text(sheet, kind), "", _write_nature(sheet, kind), ""]
    if not is_value(kind):
        lines += _write_constructor(sheet, kind, title, known)
    # Nobody can look up a class with an underscore: what it brings stands here, and first as its fields do.
    hidden = [each for each in reversed(find_bases(kind)) if each.name.startswith("_")]
    return [*lines, *_write_members(sheet, [*hidden, kind], known), *_write_inherited(sheet, kind)]


def _write_nature(sheet: Sheet, kind: griffe.Class) -> str:
    bases = [sheet.write_name(each) for each in find_bases(kind) if sheet.link(each.path)]
    extends = f" Extends {', '.join(bases)}." if bases else ""
    if is_value(kind):
        by_position = [f"`{each.attribute.name}`" for each in read_all_fields(kind) if each.positional]
        how = f"; {', '.join(by_position)} may be given by position" if by_position else ""
        return f"A value{how}.{extends}"
    for foreign in find_foreign_bases(kind):
        if foreign.startswith("typing.Protocol"):
            return f"A protocol: every object with these members matches it.{extends}"
        if foreign.startswith(("cdk8s.", "constructs.")):
            return f"A construct (`{foreign}`).{extends}"
        if foreign.endswith(("Error", "Exception")):
            return f"An error.{extends}"
    return f"A class.{extends}"


def _write_constructor(sheet: Sheet, kind: griffe.Class, title: str, known: Known) -> list[str]:
    made = (each.members.get("__init__") for each in (kind, *find_bases(kind)))
    constructor = next((each for each in made if isinstance(each, griffe.Function)), None)
    if constructor is None:
        return []
    return [*write_block(title, constructor, known), "", *_write_docs(sheet, constructor, known, every=True), ""]


def _write_members(sheet: Sheet, kinds: list[griffe.Class], known: Known) -> list[str]:
    lines: list[str] = []
    for label, items in (
        ("Fields", [_write_field(sheet, each, known) for kind in kinds for each in read_fields(kind)]),
        ("Methods", [_write_method(sheet, each, known) for kind in kinds for each in read_methods(kind)]),
        ("Properties", [_write_property(sheet, each, known) for kind in kinds for each in read_properties(kind)]),
    ):
        if items:
            lines += [f"**{label}**", "", *(line for item in items for line in item), ""]
    return lines


def _write_inherited(sheet: Sheet, kind: griffe.Class) -> list[str]:
    """What the bases bring, by name: it is described where it is written."""
    seen = set(kind.members)
    lines: list[str] = []
    for base in find_bases(kind):
        names = [f"`{text}`" for name, text in name_members(base).items() if name not in seen]
        seen |= set(base.members)
        if names and sheet.link(base.path):
            lines += [f"From {sheet.write_name(base)}: {', '.join(names)}.", ""]
    return lines


def _write_field(sheet: Sheet, field: Field, known: Known) -> list[str]:
    default = "required" if field.default is None else f"default `{field.default}`"
    head = f"- `{field.attribute.name}`: {sheet.write_type(field.attribute.annotation, known)}, {default}"
    return _write_item(head, _write_text(sheet, field.attribute))


def _write_method(sheet: Sheet, function: griffe.Function, known: Known) -> list[str]:
    made_by_class = function.parent is not None and function.labels & {"staticmethod", "classmethod"}
    name = f"{function.parent.name}.{function.name}" if made_by_class and function.parent else function.name
    return _write_item(f"- `{write_signature(name, function, known)}`", _write_docs(sheet, function, known))


def _write_property(sheet: Sheet, made: griffe.Attribute | griffe.Function, known: Known) -> list[str]:
    head = f"- `{made.name}`"
    if made.annotation is not None:
        head += f": {sheet.write_type(made.annotation, known)}"
    return _write_item(head, _write_text(sheet, made))


def _write_constant(sheet: Sheet, attribute: griffe.Attribute, title: str) -> list[str]:
    lines = [*_write_text(sheet, attribute), ""]
    if show(attribute.annotation) == "TypeAlias":
        return [*lines, f"A type: {sheet.write_type(attribute.value, {})}"]
    return [*lines, "```python", f"{title} = {show(attribute.value)}", "```"]


def _write_docs(sheet: Sheet, function: griffe.Function, known: Known, *, every: bool = False) -> list[str]:
    """A docstring with its arguments and what it raises; every argument where the reader has to know all of them."""
    sections = function.docstring.parse("google", warnings=False) if function.docstring else []
    lines: list[str] = []
    said: dict[str, str] = {}
    raised: list[str] = []
    for section in sections:
        if isinstance(section, griffe.DocstringSectionParameters):
            said = {each.name: each.description for each in section.value}
        elif isinstance(section, griffe.DocstringSectionRaises):
            raised = [_write_raised(sheet, each, function) for each in section.value]
        else:
            lines += [*sheet.write_text(str(section.value), function), ""]
    parameters = [each for each in list_parameters(function) if every or each.name in said]
    arguments = [_write_argument(sheet, each, said.get(each.name), known) for each in parameters]
    for label, items in (("Arguments", arguments), ("Raises", raised)):
        if items:
            lines += [f"**{label}**", "", *items, ""]
    return lines[:-1]


def _write_argument(sheet: Sheet, parameter: griffe.Parameter, text: str | None, known: Known) -> str:
    head = f"- `{parameter.name}`: {sheet.write_type(parameter.annotation, known)}"
    return head if text is None else f"{head}. {' '.join(sheet.write_text(text, parameter.function))}"


def _write_raised(sheet: Sheet, raised: griffe.DocstringRaise, function: griffe.Function) -> str:
    error = sheet.write_reference(show(raised.annotation), function)
    return f"- {error}: {' '.join(sheet.write_text(raised.description, function))}"


def _write_text(sheet: Sheet, made: griffe.Object) -> list[str]:
    return sheet.write_text(made.docstring.value, made) if made.docstring else []


def _write_item(head: str, text: Iterable[str]) -> list[str]:
    """An item of a list, with its text below it: the backslash breaks the line."""
    lines = [f"  {line}" if line else "" for line in text]
    return [f"{head}\\", *lines] if lines else [head]
