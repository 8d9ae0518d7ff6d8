"""What is known while a page is written: where each name is, and which types it mentions that stand nowhere else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from tools.reference.contents import page_of
from tools.reference.names import PublicName
from tools.reference.sources import find, find_bases

import griffe

Known = dict[str, griffe.Expr | str]
"""What stands for each type variable."""

OTHERS = "Other types"
"""The last section of a page."""


class Places:
    """The page and the heading of every public name."""

    def __init__(self, names: Iterable[PublicName]) -> None:
        self.names = {each.path: each for each in names}
        self._times = Counter(each.name for each in self.names.values())
        self._unique = {each.name: path for path, each in self.names.items() if self._times[each.name] == 1}

    def title(self, path: str) -> str:
        """The heading: the name, after its module where another module has the same."""
        public = self.names[path]
        return public.name if self._times[public.name] == 1 else f"{public.module.rpartition('.')[2]}.{public.name}"

    def link(self, path: str, file: str) -> str:
        """The address of a name as a page writes it."""
        page = page_of(self.names[path])[0].file
        return f"{'' if page == file else page}#{anchor(self.title(path))}"

    def resolve(self, name: str, scope: griffe.Object | None) -> str | None:
        """The path of the public name that a docstring calls so."""
        try:
            path = None if scope is None else scope.module.resolve(name)
        except griffe.NameResolutionError:
            path = None
        if path is None:
            return self._unique.get(name)
        made = find(path)
        return made.path if made is not None and made.path in self.names else None


class Sheet:
    """One page: how it writes types and docstrings."""

    def __init__(self, places: Places, file: str) -> None:
        self._places = places
        self._file = file
        self.shared: dict[str, str] = {}
        """Headings of classes that are not public and have a section of their own here, by path."""
        self.others: dict[str, griffe.Object] = {}
        """What the page's types mention and no page has."""

    def link(self, path: str) -> str | None:
        """The address of a class or another name by its path."""
        if path in self._places.names:
            return self._places.link(path, self._file)
        return f"#{anchor(self.shared[path])}" if path in self.shared else None

    def write_first_sentence(self, made: griffe.Object) -> str:
        """What its docstring says first; empty where it has none."""
        text = made.docstring.value if made.docstring else ""
        first = re.match(r".+?[.!?](?=\s|$)", " ".join(text.split("\n\n")[0].split()))
        return self._write_inline(first[0], made) if first else ""

    def write_name(self, kind: griffe.Object) -> str:
        """A class by its name, with a link where it has a section."""
        return _linked(_code(kind.name), self.link(kind.path))

    def write_type(self, expression: griffe.Expr | str | None, known: Known) -> str:
        """A type as it is written; what is public in it has a link."""
        parts: list[tuple[str, str | None]] = []
        for member in _split_union(expression):
            text, link = show(member, known), self._find_link(member, known)
            if parts and link is None and parts[-1][1] is None:
                parts[-1] = (f"{parts[-1][0]} | {text}", None)
            else:
                parts.append((text, link))
        return " | ".join(_linked(_code(text), link) for text, link in parts)

    def _find_link(self, expression: griffe.Expr | str, known: Known) -> str | None:
        found: str | None = None
        for path in _paths(expression, known):
            made = find(path)
            link = None if made is None else self.link(made.path)
            if made is not None and link is None and not _is_type_variable(made):
                self.others[made.path] = made
                link = f"#{anchor(OTHERS)}"
            found = found or link
        return found

    def write_text(self, text: str, scope: griffe.Object | None) -> list[str]:
        """A docstring as lines of Markdown, one for each paragraph."""
        lines: list[str] = []
        for block in re.split(r"\n\s*\n", text.strip("\n")):
            if lines:
                lines.append("")
            if block.startswith("    "):
                lines += ["```python", *(line.removeprefix("    ") for line in block.split("\n")), "```"]
            else:
                lines += (self._write_inline(item, scope) for item in _split_items(block))
        return lines

    def write_reference(self, name: str, scope: griffe.Object) -> str:
        """A name as a docstring calls it."""
        return self._write_inline(_code(name), scope)

    def _write_inline(self, text: str, scope: griffe.Object | None) -> str:
        def write(match: re.Match[str]) -> str:
            if match["literal"] is not None:
                return f"`` {match['literal']} ``" if "`" in match["literal"] else _code(match["literal"])
            name, _, member = match["name"].partition("(")[0].partition(".")
            path = self._places.resolve(name, scope)
            if path is not None and member:
                _check_member(path, member.partition(".")[0], scope)
            return _linked(_code(match["name"]), None if path is None else self.link(path))

        return re.sub(r"``(?P<literal>.+?)``(?!`)|`(?P<name>[^`]+)`", write, text)


def _check_member(path: str, member: str, scope: griffe.Object | None) -> None:
    """A docstring outlives what it names; here somebody notices.

    Raises:
        LookupError: The class has no such member.
    """
    kind = find(path)
    if isinstance(kind, griffe.Class) and not any(member in each.members for each in (kind, *find_bases(kind))):
        where = "a docstring" if scope is None else f"the docstring of {scope.path}"
        raise LookupError(f"{where} names {kind.name}.{member}, which is not there")


def anchor(heading: str) -> str:
    """What the address of a heading ends in, as GitHub makes it."""
    return re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")


def show(expression: griffe.Expr | str | None, known: Known | None = None) -> str:
    """An expression in one line, with the quotation marks that the formatter writes."""
    parts = (_show_part(part, known or {}) for part in _parts(expression))
    return "".join(parts)


def _show_part(part: griffe.Expr | str, known: Known) -> str:
    if isinstance(part, griffe.ExprName):
        return show(known[part.name]) if part.name in known else part.name
    text = str(part)
    return f'"{text[1:-1]}"' if re.fullmatch(r"'[^'\"\\]*'", text) else text


def _parts(expression: griffe.Expr | str | None) -> Iterator[griffe.Expr | str]:
    if isinstance(expression, griffe.Expr):
        yield from expression.iterate(flat=True)
    elif expression is not None:
        yield expression


def _paths(expression: griffe.Expr | str, known: Known) -> Iterator[str]:
    for part in _parts(expression):
        if isinstance(part, griffe.ExprName):
            yield from _paths(known[part.name], {}) if part.name in known else [part.canonical_path]


def _split_union(expression: griffe.Expr | str | None) -> Iterator[griffe.Expr | str]:
    if isinstance(expression, griffe.ExprBinOp) and expression.operator == "|":
        yield from _split_union(expression.left)
        yield from _split_union(expression.right)
    elif expression is not None:
        yield expression


def _split_items(block: str) -> list[str]:
    """The lines of a list, or one line: how a docstring is wrapped says nothing."""
    return [" ".join(item.split()) for item in re.split(r"\n(?=\s*[-*] )", block)]


def _is_type_variable(made: griffe.Object) -> bool:
    return isinstance(made, griffe.Attribute) and str(made.value).startswith("TypeVar(")


def _code(text: str) -> str:
    return f"`{text}`"


def _linked(text: str, link: str | None) -> str:
    return text if link is None else f"[{text}]({link})"
