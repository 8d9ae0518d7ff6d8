"""Address of a callee, and the forms in which environment variables hold it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field
from enum import Enum
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
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
    """Address of a callee, as the caller's resolver sees it."""

    host: str
    """Host name."""

    port: int
    """Port number."""

    scheme: str = "http"
    """Scheme of the URL. Default: ``http``."""

    path: str = ""
    """Path of the URL, with a leading slash. Default: empty, no path."""

    @property
    def url(self) -> str:
        """URL of the callee, without the port if it is the scheme's default port."""
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
        """Return the value of the variable: ``http://host:port/path``."""
        return address.url


@dataclass(frozen=True, kw_only=True, slots=True)
class HostPort(_Named):
    """The variable holds ``host:port``."""

    def value(self, address: Address) -> str:
        """Return the value of the variable: ``host:port``."""
        return f"{address.host}:{address.port}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Host(_Named):
    """The variable holds only the host name."""

    def value(self, address: Address) -> str:
        """Return the value of the variable: the host name."""
        return address.host


@dataclass(frozen=True, kw_only=True, slots=True)
class PortNumber(_Named):
    """The variable holds only the port number."""

    def value(self, address: Address) -> str:
        """Return the value of the variable: the port number, as text."""
        return str(address.port)


@dataclass(frozen=True, kw_only=True, slots=True)
class Template(_Named):
    """The variable holds text with the address in it: ``Template("DB_URL", "jdbc:postgresql://{host}:{port}/shop")``."""

    text: str = field(kw_only=False)
    """Text of the variable. ``{host}``, ``{port}``, ``{url}`` and ``{path}`` are replaced; everything else is kept."""

    def __post_init__(self) -> None:
        env_name("Template", self.name)
        text("Template.text", self.text)
        if not re.search(r"\{(host|port|url)\}", self.text):
            raise bad(
                "Template.text", "no part of the address in it", self.text, "use {host}, {port} or {url}", secret=True
            )

    def value(self, address: Address) -> str:
        """Return the value of the variable: the text with the address filled in."""
        known = {"host": address.host, "port": str(address.port), "url": address.url, "path": address.path}
        return re.sub(r"\{(host|port|url|path)\}", lambda match: known[match[1]], self.text)


EnvForm: TypeAlias = Url | HostPort | Host | PortNumber | Template


class DefaultEnv(Enum):
    """The type of `DEFAULT_ENV`."""

    DEFAULT_ENV = "default"


DEFAULT_ENV: Literal[DefaultEnv.DEFAULT_ENV] = DefaultEnv.DEFAULT_ENV
"""Default variable: ``NAME_URL`` for http, ``NAME_ADDR`` with ``host:port`` for grpc and tcp. NAME is the callee's name
in upper case."""

EnvNames: TypeAlias = str | EnvForm | Sequence[str | EnvForm] | DefaultEnv | None


def env_forms(names: EnvNames, default: type[Url | HostPort], callee: str) -> tuple[EnvForm, ...]:
    """Return the variables for `names`. Text is the name of a variable in the default form."""
    if names is None:
        return ()
    if isinstance(names, DefaultEnv):
        prefix = re.sub(r"[^A-Z0-9]", "_", callee.upper())
        name = f"{prefix}_{'URL' if default is Url else 'ADDR'}"
        if name[0].isdigit():
            raise bad(callee, "its default variable name starts with a digit", name, "set a name: env='…'")
        return (default(name),)
    forms = (Url, HostPort, Host, PortNumber, Template)
    wanted = (names,) if isinstance(names, (str, *forms)) else several(f"{callee}: env", names)
    for item in wanted:
        made_by(f"{callee}: env", item, str, *forms)
    return tuple(default(item) if isinstance(item, str) else item for item in wanted)
