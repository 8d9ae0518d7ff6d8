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
    "AuthorityFile",
    "CallForm",
    "CertificateFile",
    "DefaultEnv",
    "EnvForm",
    "EnvNames",
    "FileForm",
    "Host",
    "HostPort",
    "KeyFile",
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

    authority: str | None = None
    """File in the caller's container with the authority that issued the callee's certificate. Default: none."""

    certificate: str | None = None
    """File in the caller's container with the caller's own certificate. Default: none."""

    private_key: str | None = None
    """File in the caller's container with the private key of `certificate`. Default: none."""

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
    """Text of the variable. ``{host}``, ``{port}``, ``{url}`` and ``{path}`` are replaced; everything else is kept. For
    files of TLS: `AuthorityFile`, `CertificateFile` and `KeyFile`."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthorityFile(_Named):
    """The variable holds the path of the file with the authority that issued the callee's certificate."""

    def value(self, address: Address) -> str:
        """Return the value of the variable: the path of the file."""
        return _file(self.name, address.authority, "the authority of the callee is not known here")


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateFile(_Named):
    """The variable holds the path of the file with the caller's own certificate (`ServiceCertificate`)."""

    def value(self, address: Address) -> str:
        """Return the value of the variable: the path of the file."""
        return _file(self.name, address.certificate, "the caller has no certificate")


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyFile(_Named):
    """The variable holds the path of the file with the private key of the caller's own certificate."""

    def value(self, address: Address) -> str:
        """Return the value of the variable: the path of the file."""
        return _file(self.name, address.private_key, "the caller has no certificate")


def _file(name: str, path: str | None, problem: str) -> str:
    if path is None:
        raise bad(f"variable {name}", f"no file for it: {problem}", path, "leave the variable out")
    return path


EnvForm: TypeAlias = Url | HostPort | Host | PortNumber | Template
FileForm: TypeAlias = AuthorityFile | CertificateFile | KeyFile
CallForm: TypeAlias = EnvForm | FileForm


class DefaultEnv(Enum):
    """The type of `DEFAULT_ENV`."""

    DEFAULT_ENV = "default"


DEFAULT_ENV: Literal[DefaultEnv.DEFAULT_ENV] = DefaultEnv.DEFAULT_ENV
"""Default variable: ``NAME_URL`` for http, ``NAME_ADDR`` with ``host:port`` for grpc and tcp. NAME is the callee's name
in upper case. A callee with TLS adds ``NAME_CA_FILE``, and one that requires client certificates ``NAME_CERT_FILE`` and
``NAME_KEY_FILE``."""

EnvNames: TypeAlias = str | CallForm | Sequence[str | CallForm] | DefaultEnv | None


def file_forms(names: EnvNames, callee: str, *, mutual: bool) -> tuple[FileForm, ...]:
    """Return the variables with the files of TLS that a caller gets beside the default variable. None with other names."""
    if not isinstance(names, DefaultEnv):
        return ()
    prefix = re.sub(r"[^A-Z0-9]", "_", callee.upper())
    own = (CertificateFile(f"{prefix}_CERT_FILE"), KeyFile(f"{prefix}_KEY_FILE")) if mutual else ()
    return (AuthorityFile(f"{prefix}_CA_FILE"), *own)


def env_forms(names: EnvNames, default: type[Url | HostPort], callee: str) -> tuple[CallForm, ...]:
    """Return the variables for `names`. Text is the name of a variable in the default form."""
    if names is None:
        return ()
    if isinstance(names, DefaultEnv):
        prefix = re.sub(r"[^A-Z0-9]", "_", callee.upper())
        name = f"{prefix}_{'URL' if default is Url else 'ADDR'}"
        if name[0].isdigit():
            raise bad(callee, "its default variable name starts with a digit", name, "set a name: env='…'")
        return (default(name),)
    forms = (Url, HostPort, Host, PortNumber, Template, AuthorityFile, CertificateFile, KeyFile)
    wanted = (names,) if isinstance(names, (str, *forms)) else several(f"{callee}: env", names)
    for item in wanted:
        made_by(f"{callee}: env", item, str, *forms)
    return tuple(default(item) if isinstance(item, str) else item for item in wanted)
