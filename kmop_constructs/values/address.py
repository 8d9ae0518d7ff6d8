"""The address of something that is called, and the forms in which a caller wants it in its environment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, TypeAlias

from kmop_constructs.errors import bad
from kmop_constructs.values.names import env_name, made_by, several, text

__all__ = [
    "DEFAULT_ENV",
    "Address",
    "DefaultEnv",
    "EnvForm",
    "EnvNames",
    "Host",
    "HostPort",
    "PortNumber",
    "Template",
    "Url",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Where something answers, as the caller's resolver sees it."""

    host: str
    """Host name."""

    port: int
    """Port."""

    scheme: str = "http"
    """Scheme of its URL."""

    path: str = ""
    """Path of its URL, with a leading slash, or nothing."""

    @property
    def url(self) -> str:
        """The URL, without a port that the scheme implies."""
        implied = {"http": 80, "https": 443}.get(self.scheme) == self.port
        return f"{self.scheme}://{self.host}{'' if implied else f':{self.port}'}{self.path}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Named:
    name: str = field(kw_only=False)
    """Name of the variable."""

    def __post_init__(self) -> None:
        env_name(type(self).__name__, self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Url(_Named):
    """The variable holds ``http://host:port/path``."""

    def value(self, address: Address) -> str:
        """The text."""
        return address.url


@dataclass(frozen=True, kw_only=True, slots=True)
class HostPort(_Named):
    """The variable holds ``host:port``."""

    def value(self, address: Address) -> str:
        """The text."""
        return f"{address.host}:{address.port}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Host(_Named):
    """The variable holds the host alone."""

    def value(self, address: Address) -> str:
        """The text."""
        return address.host


@dataclass(frozen=True, kw_only=True, slots=True)
class PortNumber(_Named):
    """The variable holds the port alone."""

    def value(self, address: Address) -> str:
        """The text."""
        return str(address.port)


@dataclass(frozen=True, kw_only=True, slots=True)
class Template(_Named):
    """The variable holds text around the address: ``Template("DB_URL", "jdbc:postgresql://{host}:{port}/shop")``."""

    text: str = field(kw_only=False)
    """The text; ``{host}``, ``{port}``, ``{url}`` and ``{path}`` are replaced, all else stays."""

    def __post_init__(self) -> None:
        env_name("Template", self.name)
        text("Template.text", self.text)
        if not re.search(r"\{(host|port|url)\}", self.text):
            raise bad("Template.text", "nothing of the address in it", self.text, "use {host}, {port} or {url}")

    def value(self, address: Address) -> str:
        """The text."""
        known = {"host": address.host, "port": str(address.port), "url": address.url, "path": address.path}
        return re.sub(r"\{(host|port|url|path)\}", lambda match: known[match[1]], self.text)


EnvForm: TypeAlias = Url | HostPort | Host | PortNumber | Template


class DefaultEnv(Enum):
    """The type of `DEFAULT_ENV`."""

    DEFAULT_ENV = "default"


DEFAULT_ENV: Literal[DefaultEnv.DEFAULT_ENV] = DefaultEnv.DEFAULT_ENV
"""``NAME_URL`` for http, ``NAME_ADDR`` as ``host:port`` for grpc and tcp, NAME being the callee's in upper case."""

EnvNames: TypeAlias = str | EnvForm | Sequence[str | EnvForm] | DefaultEnv | None


def env_forms(names: EnvNames, default: type[Url | HostPort], callee: str) -> tuple[EnvForm, ...]:
    """What `names` asks for: text is the name of a variable in the default form."""
    if names is None:
        return ()
    if isinstance(names, DefaultEnv):
        prefix = re.sub(r"[^A-Z0-9]", "_", callee.upper())
        name = f"{prefix}_{'URL' if default is Url else 'ADDR'}"
        if name[0].isdigit():
            raise bad(callee, "no variable can be named after it", name, "name one: env='…'")
        return (default(name),)
    forms = (Url, HostPort, Host, PortNumber, Template)
    asked = (names,) if isinstance(names, (str, *forms)) else several(f"{callee}: env", names)
    for item in asked:
        made_by(f"{callee}: env", item, str, *forms)
    return tuple(default(item) if isinstance(item, str) else item for item in asked)
