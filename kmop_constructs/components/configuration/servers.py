"""Addresses of systems that hold configuration, and edges to them that can wait for them at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from kmop_constructs.core.edges import Call, ExistingService, ExternalHost, ServiceRef
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.names import made_by

if TYPE_CHECKING:
    from kmop_constructs.core.contribution import Contribution
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.env import EnvValue
    from kmop_constructs.values.files import FileSource
    from kmop_constructs.values.image import Image

__all__ = ["ServerAddress", "call_of", "check_secret", "contribute", "host_of"]

ServerAddress: TypeAlias = str | ServiceRef | ExistingService | ExternalHost
"""Address of a server: a host name outside the cluster, an ``ExternalHost(…, cidrs=…)`` with a private address, or a Service
of this app (`ServiceRef`) or from outside it (`ExistingService`)."""


def call_of(where: str, host: ServerAddress, *, port: int, tls: bool) -> Call:
    """Return the call to a server, without variables. `port` is the port of a host that is given by name."""
    made_by(where, host, str, ServiceRef, ExistingService, ExternalHost)
    if isinstance(host, str):
        if host.endswith(".svc") or ".svc." in host:
            raise bad(where, "a Service of the cluster, for which an external host opens no network policy", host,
                      "write ExistingService(name, port=…, namespace=…)")  # fmt: skip
        host = ExternalHost(host, port=port)
    return host.http(env=None, tls=tls)


def host_of(host: ServerAddress) -> str:
    """Return the name of a server, for messages."""
    if isinstance(host, str):
        return host
    return host.host if isinstance(host, ExternalHost) else host.name


def check_secret(where: str, value: object, *, optional: bool = True) -> None:
    """Refuse anything but a reference to a key of a Secret. The message does not show the value."""
    if (value is None and optional) or isinstance(value, SecretKey):
        return
    got = type(value).__name__
    raise SpecError(f"{where}: the value would be readable in the output, got a {got}; write SecretKey(name, key)")


def contribute(
    caller: ServiceFacts,
    source: str,
    call: Call,
    *,
    waits: Image | None,
    env: Mapping[str, EnvValue],
    files: Mapping[str, FileSource] | None = None,
) -> Contribution:
    """Return the connection of a call with variables and files; with `waits`, the start of the caller waits for the callee."""
    added = call.contribution(caller) if waits is None else call.before_start(waits).contribution(caller)
    suffix = "" if waits is None else ".before_start()"
    return replace(
        added, source=f"{source}{suffix}", env={**call.variables, **env}, files={} if files is None else files
    )
