"""YAML as cdk8s writes it, in the same bytes, without a call into its engine.

cdk8s writes with the npm package ``yaml`` 2, in version 1.1 of YAML and with ``lineWidth: 0``, so that no line is folded.
What is said of npm below is in that package: ``stringify/stringifyString.js``, ``stringifyPair.js``, ``schema/yaml-1.1/``.

What cdk8s writes so that a reader does not get it back is written otherwise. The readers are kubectl's, which is Go's
``sigs.k8s.io/yaml``, and PyYAML, in C and in Python. These are all departures:

- ``<<`` is quoted, as a key and as a value: plain, it merges a map into its parent or is no text.
- ``=`` is quoted: plain, it is a type of YAML 1.1 that PyYAML cannot construct.
- One line with a tab inside is quoted: plain, PyYAML in Python stops at the tab.
- A timestamp whose seconds end in a point, or whose zone is 30 hours or more away, is quoted: PyYAML takes it for a time.
- ``1e-7`` and ``1e+21`` are written ``1.0e-7`` and ``1.0e+21``: without a point, PyYAML takes them for text.
- A key ``__proto__`` and an integer above 2**53 are written as they are: the engine refuses the one and rounds the other.

The other departures are for texts that a literal cannot hold, because `normalised` refuses them. They may come from
constructs of others:

- Text that Go takes for a number (``0o17``, ``1E_07``) is quoted.
- A character that YAML forbids, or that readers drop or break lines at (U+007F to U+009F, U+2028, U+2029, U+FEFF, U+FFFE,
  U+FFFF), is escaped.
- Several lines that start with a tab, or hold nothing but blanks, are double-quoted: no reader gets them from a block.
- A line of one blank in double-quoted lines is escaped once. npm escapes it at both ends, which makes it a backslash.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

__all__ = ["stringify"]

_STEP = "  "
_MARKERS = ("---", "...")
"""What starts or ends a document where a line begins with it."""
_LONGEST_IMPLICIT_KEY = 1024
"""A longer key is written with a question mark: readers look no further for its colon."""
_SHORTEST_IN_LINES = 40
"""npm's ``doubleQuotedMinMultiLineLength``: from here on, double-quoted text has a line for each of its own."""
_LONGEST_KNOWN = 128
_MOST_KNOWN = 4096
"""How long and how many the texts are that need no second look: keys and words come again and again."""

_RAW = "\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff"
"""Characters that JSON holds as they are, and YAML does not."""
_ESCAPED_IN_LINE = re.compile(f"[\x00-\x08\x0a-\x1f{_RAW}]")
_ESCAPED_IN_LINES = re.compile(f"[\x00-\x08\x0b-\x1f{_RAW}]")
_NOT_IN_BLOCK = re.compile(r"\n*(?:\t| [\t\n ]*\Z)")
_NOT_PLAIN = re.compile(r"""\t|\A[ ,\[\]{}#&*!|>'"%@`]|\A[?-](?: |\Z)|: | #|[ :]\Z""")
"""npm's ``plainString``, for one line."""
_NOT_TEXT = re.compile(
    r"~|[Nn]ull|NULL|"
    r"|[Yy]|[Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON|[Nn]|[Nn]o|NO|[Ff]alse|FALSE|[Oo]ff|OFF"
    r"|[-+]?0b[01_]+|[-+]?0x[0-9a-fA-F_]+"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])*(?:\.[0-9_]*)?"  # 1:30 is 90
    r"|[-+]?\.[0-9_]*|[-+]?(?:[0-9][0-9_]*)?(?:\.[0-9_]*)?[eE][-+]?[0-9]+"
    r"|[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]*)?"
    r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)?"
    r"|<<|="
)
"""What YAML 1.1 takes for nothing, a truth value, a number, a time, a merge: npm's tags, with the departures."""
_GO_NUMBER = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][-+]?[01]+|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
)
"""The same for Go, which first removes every underscore."""
_NUMBER_STARTS = frozenset("+-.0123456789")
_JSON_ESCAPE = re.compile(rf"( ?)((?:\\n)+)( (?!\\n))?|\\u00(..)|([{_RAW}])|\\.")
_NAMED = {"00": "\\0", "07": "\\a", "0b": "\\v", "1b": "\\e"}
"""Control characters, by the two digits that JSON writes, which have a name in npm's ``doubleQuotedString``."""
_LINE_ENDS = re.compile(r"(?<!\n)\n+(?!\n|\Z)")
_ARRAY_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")
_LAST_ARRAY_INDEX = 2**32 - 2


def stringify(*documents: Mapping[str, Any]) -> str:
    """Documents of plain JSON as YAML. As in cdk8s, keys whose value is ``None`` are left out."""
    out: list[str] = []
    for document in documents:
        if out:
            out.append("---\n")
        _write_map(document, "", "", out)
        out.append("\n")
    return "".join(out)


def _write_map(value: Mapping[str, Any], lead: str, indent: str, out: list[str]) -> None:
    """Append `lead` and the lines of a map, all but the first with `indent`."""
    if not value:
        out.append(" {}" if lead else "{}")
        return
    if min(value) < ":":  # the character after 9
        value = _in_order_of_javascript(value)
    inner = indent + _STEP
    start, between, within = lead, "\n" + indent, "\n" + inner
    written = len(out)
    for key, item in value.items():
        kind = type(item)  # pyright: ignore[reportUnknownVariableType]
        if item is None:
            continue
        head = _KEYS[key]
        if not head:
            _write_rare_key(key, item, start, indent, out)
        elif kind is str:
            out.append(f"{start}{head} {_VALUES[item] or _lines(item, inner)}")
        elif kind is dict:
            out.append(start + head)
            _write_map(item, within, inner, out)
        elif kind is list:
            out.append(start + head)
            _write_list(item, within, inner, out)
        else:
            out.append(start + head)
            _write(item, within, inner, out)
        start = between
    if len(out) == written:
        out.append(" {}" if lead else "{}")


def _write_list(value: list[Any], lead: str, indent: str, out: list[str]) -> None:
    """Append `lead` and the lines of a list, all but the first with `indent`."""
    inner = indent + _STEP
    start, between = lead + "-", f"\n{indent}-"
    for item in value:
        kind = type(item)  # pyright: ignore[reportUnknownVariableType]
        if kind is str:
            out.append(f"{start} {_VALUES[item] or _lines(item, inner)}")
        elif kind is dict:
            out.append(start)
            _write_map(item, " ", inner, out)
        else:
            out.append(start)
            _write(item, " ", inner, out)
        start = between
    if not value:
        out.append(" []")


def _write(item: Any, lead: str, indent: str, out: list[str]) -> None:
    """Append what stands behind a colon or a dash: `lead` and a map or a list, or a blank and a scalar."""
    if isinstance(item, dict):
        _write_map(cast("dict[str, Any]", item), lead, indent, out)
    elif isinstance(item, list):
        _write_list(cast("list[Any]", item), lead, indent, out)
    else:
        out.append(" " + _scalar(item, indent))


def _write_rare_key(key: str, item: Any, start: str, indent: str, out: list[str]) -> None:
    """Append a key that is long or a document marker, and its value."""
    inner = indent + _STEP
    shown = _line(key)
    if shown == key and not indent and key.startswith(_MARKERS):
        shown = _quoted(key)
    if _length_in_javascript(shown) > _LONGEST_IMPLICIT_KEY:
        out.append(f"{start}? {shown}\n{indent}:")
        _write(item, " ", inner, out)
    else:
        out.append(f"{start}{shown}:")
        _write(item, "\n" + inner, inner, out)


def _in_order_of_javascript(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """An object of JavaScript has first the keys that are indices of an array, by number."""
    indices = [key for key in value if _ARRAY_INDEX.fullmatch(key) and int(key) <= _LAST_ARRAY_INDEX]
    return {**{key: value[key] for key in sorted(indices, key=int)}, **value} if indices else value


def _scalar(item: Any, indent: str) -> str:
    """Anything but a map or a list."""
    if item is True:
        return "true"
    if item is False:
        return "false"
    if item is None:
        return "null"
    if isinstance(item, int):
        return str(item)
    if isinstance(item, float):
        return _number(item)
    text = str(item)
    return _VALUES[text] or _lines(text, indent)


def _number(value: float) -> str:
    """A finite number with JavaScript's choice of an exponent. Its digits, the fewest that do, are also Python's."""
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    digits, _, exponent = repr(value).partition("e")
    return f"{digits if '.' in digits else digits + '.0'}e{int(exponent):+}"


def _line(value: str) -> str:
    """A text of one line, or any key."""
    if _ESCAPED_IN_LINE.search(value):
        return _double_quoted(value, None)
    if _NOT_PLAIN.search(value) or _NOT_TEXT.fullmatch(value) or _is_number_in_go(value):
        return _quoted(value)
    return value


def _lines(value: str, indent: str) -> str:
    """A text of several lines, all but the first with `indent`."""
    ends_blank = value[-1] in "\t " and value.rstrip("\t ").endswith("\n")
    if ends_blank or _NOT_IN_BLOCK.match(value) or _ESCAPED_IN_LINES.search(value):
        return _double_quoted(value, indent)
    return _block(value, indent)


def _is_number_in_go(value: str) -> bool:
    return value[0] in _NUMBER_STARTS and _GO_NUMBER.fullmatch(value.replace("_", "")) is not None


def _quoted(value: str) -> str:
    """One line in double quotes, or in single ones where only double ones would need escapes."""
    return f"'{value}'" if '"' in value and "'" not in value else _double_quoted(value, None)


def _double_quoted(value: str, indent: str | None) -> str:
    """A text with JSON's escapes. With `indent`, a long text of several lines is written in several."""
    text = json.dumps(value, ensure_ascii=False)
    in_lines = indent is not None and _length_in_javascript(text) >= _SHORTEST_IN_LINES

    def escaped(found: re.Match[str]) -> str:
        before, breaks, after, code, raw = found.groups(default="")
        if code:
            return _NAMED.get(code, f"\\x{code}")
        if raw:
            return f"\\u{ord(raw):04x}"
        if not breaks:
            return found[0]
        before = before and "\\ "
        count, last = len(breaks) // len("\\n"), not after and found.end() == len(text) - 1
        if not in_lines or (last and count == 1):
            return before + breaks + after
        # Readers take the first of several line breaks for none. The one at the very end stays escaped.
        lines = "\n" * (count if last else count + 1)
        return f"{before}{lines}{indent}" + ("\\n" if last else after and "\\ ")

    return _JSON_ESCAPE.sub(escaped, text)


def _block(value: str, indent: str) -> str:
    """Lines as they are, below a header that says how they start and end."""
    body = value.rstrip("\n\t ")
    end = value[len(body) :]
    if "\n" not in end:
        chomp = "-"
    elif not body or end.index("\n") < len(end) - 1:
        chomp = "+"
    else:
        chomp = ""
    first_is_blank = str(len(_STEP)) if body.lstrip("\n").startswith(" ") else ""
    lines = _LINE_ENDS.sub(lambda found: found[0] + indent, value.removesuffix("\n"))
    return f"|{first_is_blank}{chomp}\n{indent}{lines}"


def _length_in_javascript(text: str) -> int:
    """In units of UTF-16, of which an emoji has two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


class _Values(dict[str, str]):
    """Texts of one line as they are written. A text of several has nothing here, for they need an indent."""

    def __missing__(self, value: str) -> str:
        return self.kept(value, "" if "\n" in value else _line(value))

    def kept(self, value: str, shown: str) -> str:
        """Remember a short text, and forget the others when they are too many."""
        if len(value) <= _LONGEST_KNOWN:
            if len(self) >= _MOST_KNOWN:
                self.clear()
            self[value] = shown
        return shown


class _Keys(_Values):
    """Keys with their colon. One that is long or a document marker has nothing here."""

    def __missing__(self, value: str) -> str:
        rare = len(value) > _LONGEST_KNOWN or value.startswith(_MARKERS)
        return self.kept(value, "" if rare else _line(value) + ":")


_VALUES = _Values()
_KEYS = _Keys()
