"""YAML writer with the same bytes as cdk8s, without a call to its engine.

cdk8s uses the npm package ``yaml`` 2, with YAML 1.1 and ``lineWidth: 0``, so that no line is folded. References to npm below
are to that package: ``stringify/stringifyString.js``, ``stringifyPair.js``, ``schema/yaml-1.1/``.

Text that readers would not read back from cdk8s' output is written differently here. The readers are kubectl's, Go's
``sigs.k8s.io/yaml``, and PyYAML, in C and in Python. These are all differences:

- ``<<`` is quoted, as a key and as a value: unquoted, it merges a map into its parent or is not text.
- ``=`` is quoted: unquoted, it is a type of YAML 1.1 that PyYAML does not support.
- One line with a tab is quoted: unquoted, PyYAML in Python stops at the tab.
- A timestamp with seconds that end in a point, or with a zone of 30 hours or more, is quoted: PyYAML reads it as a time.
- ``1e-7`` and ``1e+21`` are written ``1.0e-7`` and ``1.0e+21``: without a point, PyYAML reads them as text.
- A key ``__proto__`` and an integer above 2**53 are written unchanged: the engine refuses the key and rounds the integer.

The other differences are for texts that a manifest of this library cannot hold, because `normalised` refuses them. Foreign
constructs may have them:

- Text that Go reads as a number (``0o17``, ``1E_07``) is quoted.
- A character that YAML forbids, or that readers drop or break lines at (U+007F to U+009F, U+2028, U+2029, U+FEFF, U+FFFE,
  U+FFFF), is escaped.
- Several lines that start with a tab, or hold only blanks, are double-quoted: no reader reads them from a block.
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
"""Lines that begin with one of these start or end a document."""
_LONGEST_IMPLICIT_KEY = 1024
"""Longest key without a question mark: readers search no further for its colon."""
_SHORTEST_IN_LINES = 40
"""npm's ``doubleQuotedMinMultiLineLength``: from this length, double-quoted text of several lines is written in several lines."""
_LONGEST_KNOWN = 128
_MOST_KNOWN = 4096
"""Longest cached text, and number of cached texts: the same keys and words occur many times."""

_RAW = "\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff"
"""Characters that JSON does not escape, but YAML must."""
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
"""Unquoted texts that YAML 1.1 reads as null, truth value, number, time or merge: npm's tags, with the differences."""
_GO_NUMBER = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][-+]?[01]+|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
)
"""Unquoted texts that Go reads as a number. Go first removes all underscores."""
_NUMBER_STARTS = frozenset("+-.0123456789")
_JSON_ESCAPE = re.compile(rf"( ?)((?:\\n)+)( (?!\\n))?|\\u00(..)|([{_RAW}])|\\.")
_NAMED = {"00": "\\0", "07": "\\a", "0b": "\\v", "1b": "\\e"}
"""Control characters with a name in npm's ``doubleQuotedString``, by the two digits that JSON writes."""
_LINE_ENDS = re.compile(r"(?<!\n)\n+(?!\n|\Z)")
_ARRAY_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")
_LAST_ARRAY_INDEX = 2**32 - 2


def stringify(*documents: Mapping[str, Any]) -> str:
    """Return documents of plain JSON as YAML. As in cdk8s, keys with the value ``None`` are left out."""
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
    """Append the text after a colon or a dash: `lead` and a map or a list, or a blank and a scalar."""
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
    """Return a map in the key order of a JavaScript object: first keys that are array indices, by number."""
    indices = [key for key in value if _ARRAY_INDEX.fullmatch(key) and int(key) <= _LAST_ARRAY_INDEX]
    return {**{key: value[key] for key in sorted(indices, key=int)}, **value} if indices else value


def _scalar(item: Any, indent: str) -> str:
    """Return the text of a value that is not a map or a list."""
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
    """Return a finite number with JavaScript's exponent. Its digits (as few as possible) are the same in Python."""
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    digits, _, exponent = repr(value).partition("e")
    return f"{digits if '.' in digits else digits + '.0'}e{int(exponent):+}"


def _line(value: str) -> str:
    """Return a text of one line, or a key."""
    if _ESCAPED_IN_LINE.search(value):
        return _double_quoted(value, None)
    if _NOT_PLAIN.search(value) or _NOT_TEXT.fullmatch(value) or _is_number_in_go(value):
        return _quoted(value)
    return value


def _lines(value: str, indent: str) -> str:
    """Return a text of several lines, all but the first with `indent`."""
    ends_blank = value[-1] in "\t " and value.rstrip("\t ").endswith("\n")
    if ends_blank or _NOT_IN_BLOCK.match(value) or _ESCAPED_IN_LINES.search(value):
        return _double_quoted(value, indent)
    return _block(value, indent)


def _is_number_in_go(value: str) -> bool:
    return value[0] in _NUMBER_STARTS and _GO_NUMBER.fullmatch(value.replace("_", "")) is not None


def _quoted(value: str) -> str:
    """Return one line in double quotes, or in single quotes if double quotes would need escapes."""
    return f"'{value}'" if '"' in value and "'" not in value else _double_quoted(value, None)


def _double_quoted(value: str, indent: str | None) -> str:
    """Return a text with JSON's escapes. With `indent`, a long text of several lines is written in several lines."""
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
        # Readers ignore the first of several line breaks. A line break at the very end stays escaped.
        lines = "\n" * (count if last else count + 1)
        return f"{before}{lines}{indent}" + ("\\n" if last else after and "\\ ")

    return _JSON_ESCAPE.sub(escaped, text)


def _block(value: str, indent: str) -> str:
    """Return unchanged lines below a header that describes how they start and end."""
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
    """Return the length in units of UTF-16. An emoji has two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


class _Values(dict[str, str]):
    """Cache of written texts of one line. A text of several lines is not cached, because it needs an indent."""

    def __missing__(self, value: str) -> str:
        return self.kept(value, "" if "\n" in value else _line(value))

    def kept(self, value: str, shown: str) -> str:
        """Cache a short text. Clears the cache if it is full."""
        if len(value) <= _LONGEST_KNOWN:
            if len(self) >= _MOST_KNOWN:
                self.clear()
            self[value] = shown
        return shown


class _Keys(_Values):
    """Cache of written keys with their colon. A key that is long or a document marker is not cached."""

    def __missing__(self, value: str) -> str:
        rare = len(value) > _LONGEST_KNOWN or value.startswith(_MARKERS)
        return self.kept(value, "" if rare else _line(value) + ":")


_VALUES = _Values()
_KEYS = _Keys()
