"""Variables, arguments and ConfigMaps hold no secrets as plain text. No message shows a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from kmop_constructs.checks.inventory import PodTemplate, inventory_of
from kmop_constructs.core.plain import Plain, mappings, texts

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check"]

RULE = "secret-in-literal"
REASON = "A variable, an argument or a ConfigMap has a secret as plain text, which everyone with access can read."

_WORDS = re.compile(
    "PASSWORD|PASSWD|PASSPHRASE|REQUIREPASS|MASTERAUTH|SECRET|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIAL"
    "|(?:_|^)PASS$|_PWD$|_PW$"
)
_NOT_SECRET = re.compile(
    "(?:_FILE|_PATH|_DIR|_URL|_URI|_NAME|_ENABLED|_TTL|_EXPIRY|_EXPIRATION|_TYPE|_ISSUER|_LENGTH|_SIZE|_COUNT|_LIMIT|_TIMEOUT"
    "|_POLICY|_REF|_HEADER|_FIELD|_ENDPOINT|_AUDIENCE|_ALGORITHM|_DURATION|_INTERVAL|_PERIOD|_LIFETIME|_SECONDS|_MINUTES|_HOURS"
    "|_VERSION|_MODE|_REQUIRED|_PROVIDER|_NAMESPACE|_PREFIX|_SUFFIX|_CLASS|_ENCODER|_ENCODING|_FORMAT|_PATTERN|_REGEX|_VOLUMES?|_MOUNT|_SOURCE|_STORE"
    "|(?:PASSWORD|TOKEN)_KEY|CLUSTER_TOKEN|DISCOVERY_TOKEN|ACCESS_KEY_ID|EXISTING_SECRET|PULL_SECRETS?|TLS_SECRET|_TOKENS)$"
)
"""Ends of names that describe a secret, or say where it is."""

_SETTING = re.compile(
    r"(?i:simple|jwt|true|false|yes|no|on|off|none|null|nil|undefined|string|enabled|disabled|required|optional)"
)
"""Values that are no secret."""

_NAMED_SECRET = re.compile(r"[a-z0-9-]+/[a-z0-9.-]+")
"""Namespace and name of a Secret."""

_NUMBER = re.compile(r"(?:\d+(?:ms|s|m|h|d)?)+")

_ELSEWHERE = re.compile(
    r"[$/*&!|>{\[<%^]|__|\*\*\*|(?:arn|env|file|op|projects|ref\+\w*|vault)[:/]|.*(?:\$[({]|\{\{|\()", re.DOTALL
)
"""Beginnings of values that refer to a secret in another place, or are no plain text."""

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@'\"<>]*:([^\s/@'\"<>]+)@[\w\[$]")
_QUERY = re.compile(r"[?&]([A-Za-z][\w.-]*)=([^\s&#\"'<>]+)")
_SIGNATURE = re.compile(r"sig|x-(?:amz|goog)-signature", re.IGNORECASE)
"""Parameters of URLs that are signed for whoever has them: a SAS of Azure, presigned URLs of Amazon and Google."""
_OPTION = re.compile(
    r"(?<!\S)(-{1,2}[A-Za-z][\w.-]*|[A-Za-z_][\w.]*(?==))(?:=|\s+(?!-))(\"[^\"]*\"|'[^']*'|[^\s\"';|&]+)"
)
_LINE = re.compile(
    r"^[ \t]*(?:export[ \t]+)?[\"']?([A-Za-z][\w.-]*)[\"']?[ \t]*(?:=>|[=:])[ \t]*(\S[^\n]*?)[ \t]*,?[ \t]*$",
    re.MULTILINE,
)
_KEY_BLOCK = re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----")
_HINT = re.compile(r"pass|secret|token|key|credential|_p?wd?\b|masterauth|://[^\s/]*@|[?&-]sig", re.IGNORECASE)
_COMMENT = ("#", "//", ";", "*", "--", "<!--")


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find secrets in the variables and arguments of containers and in ConfigMaps."""
    inventory = inventory_of(synthesis)
    for pods in inventory.pods:
        for what in dict.fromkeys(_of_pods(pods)):
            message = (
                f"{what}, which is readable for everyone with access to the pod; use a Secret: SecretKey(name, key)"
            )
            yield pods.item.notice(RULE, message)
    for item in inventory.of("", "ConfigMap"):
        for key, text in texts(item.object.get("data")).items():
            for what in dict.fromkeys(_of_text(key, text)):
                message = (
                    f"the key {key!r} {what}, which is readable for everyone with access to the ConfigMap; use a Secret, or a "
                    "FileTemplate that takes the value from one"
                )
                yield item.notice(RULE, message)


def _of_pods(pods: PodTemplate) -> Iterator[str]:
    for container in (*pods.init_containers, *pods.containers):
        name = container.get("name")
        for variable in mappings(container.get("env")):
            value = variable.get("value")
            if isinstance(value, str) and value:
                for what in _of_variable(str(variable.get("name")), value):
                    yield f"the variable {variable.get('name')!r} of container {name!r} {what}"
        for option in _of_arguments(container):
            yield f"{option[0]} of container {name!r} {option[1]}"


_NAMED = "has a name like that of a secret and a literal value"
_IN_ADDRESS = "holds a password in an address"
_IN_QUERY = "holds a secret in the query of an address"
_HOLDS_KEY = "holds a private key"


def _of_variable(name: str, value: str) -> Iterator[str]:
    if _is_secret(name, value):
        yield _NAMED
    elif "://" in value or value[0] == "-":
        yield from _in_value(value)
        if value.startswith("-") and any(True for _ in _options(value)):
            yield "sets an option with a name like that of a secret to a literal value"


def _of_arguments(container: Plain) -> Iterator[tuple[str, str]]:
    listed = [container.get(field) for field in ("command", "args")]
    words = [
        each
        for part in listed
        if isinstance(part, list)
        for each in cast("list[object]", part)
        if isinstance(each, str)
    ]
    for number, word in enumerate(words):
        if _HINT.search(word) is None:
            continue
        for what in _in_value(word):
            yield "an argument", what
        following = words[number + 1] if number + 1 < len(words) else "-"
        if re.fullmatch(r"--?[A-Za-z][\w.-]*", word) and not following.startswith("-") and _is_secret(word, following):
            yield f"the argument {word!r}", _NAMED
        for option in _options(word):
            yield f"the argument {option!r}", _NAMED


def _options(text: str) -> Iterator[str]:
    """Yield the names of options with a literal secret, in one argument or in a command of a shell."""
    for found in _OPTION.finditer(text):
        if _is_secret(found[1], found[2].strip("\"'")):
            yield found[1]


def _of_text(key: str, text: str) -> Iterator[str]:
    """Yield what is secret in the text of a ConfigMap: the text itself, or lines of a file."""
    if "\n" not in text.strip() and _is_secret(key, text.strip()):
        yield _NAMED
        return
    if _HINT.search(text) is None and "PRIVATE KEY" not in text:
        return
    if _KEY_BLOCK.search(text):
        yield _HOLDS_KEY
    lines = [each for each in text.splitlines() if _HINT.search(each) and not each.lstrip().startswith(_COMMENT)]
    for where in (_IN_ADDRESS, _IN_QUERY):
        if any(what == where for line in lines for what in _in_value(line)):
            yield where
    for line in lines:
        found = _LINE.match(line)
        if found and _is_secret(found[1], found[2].strip("\"'")):
            yield f"sets {found[1]!r}, a name like that of a secret, to a literal value"


def _in_value(text: str) -> Iterator[str]:
    """Yield what is secret in a text of any name."""
    if "://" in text and any(not _ELSEWHERE.match(found[1]) for found in _ADDRESS.finditer(text)):
        yield _IN_ADDRESS
    if "://" in text and any(_in_query(*found.groups()) for found in _QUERY.finditer(text)):
        yield _IN_QUERY
    if "PRIVATE KEY" in text and _KEY_BLOCK.search(text):
        yield _HOLDS_KEY


def _in_query(name: str, value: str) -> bool:
    """Return whether a parameter of a URL is a secret."""
    signed = _SIGNATURE.fullmatch(name) is not None and not _ELSEWHERE.match(value)
    return signed or _is_secret(name, value)


def _is_secret(name: str, value: str) -> bool:
    """Return whether a name is like that of a secret, and its value is the secret itself."""
    word = _secret_word(name)
    if word is None or not value or _SETTING.fullmatch(value) or _ELSEWHERE.match(value):
        return False
    if word == "SECRET" and _NAMED_SECRET.fullmatch(value):
        return False
    return word != "TOKEN" or not _NUMBER.fullmatch(value)


@lru_cache(maxsize=4096)
def _secret_word(name: str) -> str | None:
    """Return the part of a name that is like that of a secret. ``None`` if there is none."""
    plain = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name.lstrip("-")).upper().replace("-", "_").replace(".", "_")
    found = None if _NOT_SECRET.search(plain) else _WORDS.search(plain)
    return None if found is None else found[0]
