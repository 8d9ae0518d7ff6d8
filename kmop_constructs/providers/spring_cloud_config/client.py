"""Clients of a config server: their variables, their connection, and what happens while the server cannot be reached.

Names of variables follow those of the properties: dots as ``_``, without dashes
(https://docs.spring.io/spring-boot/reference/features/external-config.html#features.external-config.typesafe-configuration-properties.relaxed-binding.environment-variables).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.configuration.retry import (
    NoRetry,
    SpringRetry,
    check_start,
    milliseconds,
    retry_variables,
)
from kmop_constructs.components.configuration.servers import ServerAddress, call_of, check_secret, contribute, host_of
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.core.edges import Call
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.env import ConfigKey, EnvValue, SecretKey
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import flag, made_by, one_of, one_or_several, path, text, texts
from kmop_constructs.values.quantity import whole

if TYPE_CHECKING:
    from kmop_constructs.core.contribution import Contribution
    from kmop_constructs.core.subject import ServiceFacts

__all__ = ["ClientVerbs", "ConfigClient", "ConfigServerNames", "ExistingConfigServer", "TrustStore"]

PORT = 8888
"""The port at which a client looks for a server (https://docs.spring.io/spring-cloud-config/reference/client.html)."""

Style: TypeAlias = Literal["import", "bootstrap", "image"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TrustStore:
    """Authorities that a client trusts, as a key store file: ``TrustStore(SecretKey("config-ca", "truststore.p12"))``."""

    file: SecretKey | ConfigKey = field(kw_only=False)
    """The file, a key of a Secret or ConfigMap in the client's namespace."""

    password: SecretKey | None = None
    """Password of the file. Default: an empty password, as in the client library."""

    type: Literal["PKCS12", "JKS"] = "PKCS12"
    """Format of the file. Default: ``PKCS12``, the default of the client library."""

    at: str = "/etc/spring-cloud-config/truststore"
    """Path of the file in the container. Default: ``/etc/spring-cloud-config/truststore``."""

    def __post_init__(self) -> None:
        made_by("TrustStore.file", self.file, SecretKey, ConfigKey, secret=True)
        check_secret("TrustStore.password", self.password)
        one_of("TrustStore.type", self.type, Literal["PKCS12", "JKS"])
        path("TrustStore.at", self.at)


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigServerNames:
    """Address and login of a config server."""

    where: str
    """Construct path or description of the server, for messages."""

    call: Call
    """Address and connection, without variables."""

    login: Credentials | None
    """User and password of the clients. ``None`` where the server has no login."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigClient:
    """An edge: a Spring service reads its configuration from a config server. Created by ``client`` of a server."""

    server: ConfigServerNames
    """The server."""

    retry: SpringRetry | NoRetry | None
    """Behaviour while the server cannot be reached at start."""

    style: Style
    """How the client finds the server."""

    optional: bool
    """Whether the client starts without its configuration."""

    name: tuple[str, ...]
    """Names of the configuration. Empty for the name of the application."""

    profiles: tuple[str, ...]
    """Profiles of the configuration. Empty for the active profiles of the application."""

    label: tuple[str, ...]
    """Branches, tags or commits. Empty for the default of the server."""

    trust: TrustStore | None
    """Authorities that the client trusts. ``None`` for those of the JVM."""

    connect_timeout: timedelta | None
    """Time for a connection. ``None`` for the default of the client library."""

    read_timeout: timedelta | None
    """Time for a response. ``None`` for the default of the client library."""

    waits: Image | None = None
    """Image that waits for the server before the caller starts. Default: none."""

    def before_start(self, image: Image) -> ConfigClient:
        """Return the edge with an init container that waits until the server accepts connections; see `Call.before_start`.

        A client that waits needs no `retry`. `image` needs ``sh`` and ``nc``, such as busybox.
        """
        made_by(f"{self.server.where}.client().before_start", image, Image)
        return replace(self, waits=image)

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return variables, files and connection of the client."""
        source = f"{self.server.where}.client()"
        if not self.optional:
            check_start(f"{caller.path}: {source}", self.retry, self.waits)
        call = self.server.call
        env = self._variables(replace(call.address, host=call.host_for(caller)).url)
        if self.trust is None:
            return contribute(caller, source, call, waits=self.waits, env=env)
        env |= {
            "SPRING_CLOUD_CONFIG_TLS_ENABLED": "true",
            "SPRING_CLOUD_CONFIG_TLS_TRUSTSTORE": f"file:{self.trust.at}",
            "SPRING_CLOUD_CONFIG_TLS_TRUSTSTORETYPE": self.trust.type,
        }
        if self.trust.password is not None:
            env["SPRING_CLOUD_CONFIG_TLS_TRUSTSTOREPASSWORD"] = self.trust.password
        return contribute(caller, source, call, waits=self.waits, env=env, files={self.trust.at: self.trust.file})

    def _variables(self, url: str) -> dict[str, EnvValue]:
        env: dict[str, EnvValue] = {}
        if self.style == "import":
            env["SPRING_CONFIG_IMPORT"] = f"{'optional:' if self.optional else ''}configserver:{url}"
        elif self.style == "bootstrap":
            env |= {"SPRING_CLOUD_BOOTSTRAP_ENABLED": "true", "SPRING_CLOUD_CONFIG_URI": url}
        # The client library retries only if it may fail. An image may import a second address, which then has to answer too.
        if isinstance(self.retry, SpringRetry) or (self.style != "image" and not self.optional):
            env["SPRING_CLOUD_CONFIG_FAILFAST"] = "true"
        env |= retry_variables("SPRING_CLOUD_CONFIG_RETRY", self.retry)
        for variable, values in (("NAME", self.name), ("PROFILE", self.profiles), ("LABEL", self.label)):
            if values:
                env[f"SPRING_CLOUD_CONFIG_{variable}"] = ",".join(values)
        for variable, limit in (("CONNECT", self.connect_timeout), ("READ", self.read_timeout)):
            if limit is not None:
                env[f"SPRING_CLOUD_CONFIG_REQUEST{variable}TIMEOUT"] = str(milliseconds(variable, limit))
        login = self.server.login
        if login is not None:
            env["SPRING_CLOUD_CONFIG_PASSWORD"] = login.password
            if login.user is not None:
                env["SPRING_CLOUD_CONFIG_USERNAME"] = login.user
        return env


class ClientVerbs:
    """The method of a config server that returns edges for its clients."""

    __slots__ = ()

    def _names(self, *, tls: bool) -> ConfigServerNames:
        raise NotImplementedError

    def client(
        self,
        *,
        retry: SpringRetry | NoRetry | None = None,
        style: Style = "import",
        optional: bool = False,
        name: str | Sequence[str] = (),
        profile: str | Sequence[str] = (),
        label: str | Sequence[str] = (),
        login: Credentials | None = None,
        tls: bool = False,
        trust: TrustStore | None = None,
        connect_timeout: timedelta | None = None,
        read_timeout: timedelta | None = None,
    ) -> ConfigClient:
        """Return an edge for a Spring service that reads its configuration from this server.

        The client gets ``SPRING_CONFIG_IMPORT`` with the address, and ``SPRING_CLOUD_CONFIG_…`` for the rest. It fails without
        its configuration; see https://docs.spring.io/spring-cloud-config/reference/client.html.

        Args:
            retry: Retries while the server cannot be reached. One of three is needed: `SpringRetry`, which the client library
                supports only with ``spring-retry`` and ``spring-boot-starter-aop`` on the class path; `NO_RETRY`; or
                `ConfigClient.before_start`. Default: not set.
            style: How the client finds the server: ``import`` sets ``spring.config.import``, for Spring Boot 2.4 and later;
                ``bootstrap`` sets ``spring.cloud.config.uri`` and turns on the older bootstrap context
                (``spring.cloud.bootstrap.enabled``); ``image`` sets no address, because the
                configuration in the image has it. Default: ``import``.
            optional: Start without configuration where the server cannot be reached (``optional:configserver:``). Spring retries
                only a client that fails, so `retry` cannot be set. Default: false.
            name: Names of the configuration, one or several. Default: the client's ``spring.application.name``.
            profile: Profiles of the configuration, one or several. Default: the client's active profiles.
            label: Branch, tag or commit of the configuration; with several, the first that exists. Default: that of the server.
            login: User and password, for a client in another namespace, where the Secret of the server's login does not exist.
                Default: the login of the server.
            tls: The server speaks TLS. Default: false.
            trust: Authorities that the client trusts; needs `tls`. Default: those of the JVM.
            connect_timeout: Time for a connection, in whole milliseconds. Default: that of the client library, 10 seconds.
            read_timeout: Time for a response, in whole milliseconds. Default: that of the client library, 185 seconds.

        Raises:
            SpecError: A value is wrong. Where none of the three is set, the error comes with the service that has the edge.
        """
        flag("client(tls=…)", tls)
        names = self._names(tls=tls)
        where = f"{names.where}.client"
        made_by(f"{where}(retry=…)", retry, SpringRetry, NoRetry, type(None))
        one_of(f"{where}(style=…)", style, Style)
        flag(f"{where}(optional=…)", optional)
        if optional and style == "image":
            raise bad(f"{where}(optional=…)", "has no effect, because the image has the address", True, "leave it out")
        if optional and retry is not None:
            raise SpecError(f"{where}(retry=…): Spring retries only a client that fails, and optional=True lets it start without "
                            "configuration; leave one of them out")  # fmt: skip
        made_by(f"{where}(login=…)", login, Credentials, type(None), secret=True)
        made_by(f"{where}(trust=…)", trust, TrustStore, type(None), secret=True)
        if trust is not None and names.call.address.scheme != "https":
            raise SpecError(f"{where}(trust=…): has no effect without TLS; set tls=True")
        for limit, value in (("connect_timeout", connect_timeout), ("read_timeout", read_timeout)):
            if value is not None:
                milliseconds(f"{where}({limit}=…)", value)
        return ConfigClient(
            server=names if login is None else replace(names, login=login),
            retry=retry,
            style=style,
            optional=optional,
            name=_listed(f"{where}(name=…)", name),
            profiles=_listed(f"{where}(profile=…)", profile),
            label=_listed(f"{where}(label=…)", label),
            trust=trust,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingConfigServer(ClientVerbs):
    """A config server that another team runs: ``ExistingConfigServer(ExistingService("config-server", port=8888, namespace="platform"))``."""

    host: ServerAddress = field(kw_only=False)
    """Address of the server: a host name outside the cluster, an ``ExternalHost(…, cidrs=…)`` with a private address, or a Service
    (`ExistingService`, or `ServiceRef` for one of this app)."""

    port: int | None = None
    """Port of a host that is given by name. Default: 8888, or 443 with `tls`."""

    tls: bool = False
    """Whether the server speaks TLS. Default: false."""

    login: Credentials | None = None
    """User and password of HTTP basic authentication, as keys of a Secret in the clients' namespace. Default: none."""

    def __post_init__(self) -> None:
        where = "ExistingConfigServer"
        flag(f"{where}.tls", self.tls)
        made_by(f"{where}.login", self.login, Credentials, type(None), secret=True)
        if self.port is not None:
            whole(f"{where}.port", self.port, lowest=1, highest=65535)
            if not isinstance(self.host, str):
                raise bad(
                    f"{where}.port", "not allowed, because the host already has a port", self.port, "leave it out"
                )
        self._names(tls=self.tls)

    def _names(self, *, tls: bool) -> ConfigServerNames:
        secure = tls or self.tls
        port = self.port or (443 if secure else PORT)
        call = call_of("ExistingConfigServer", self.host, port=port, tls=secure)
        return ConfigServerNames(where=f"ExistingConfigServer({host_of(self.host)!r})", call=call, login=self.login)


def _listed(where: str, value: str | Sequence[str]) -> tuple[str, ...]:
    """Return names as a tuple. A comma separates names, so it cannot be in one."""
    found = texts(where, one_or_several(value))
    for each in found:
        text(where, each)
        if "," in each:
            raise bad(where, "has a comma, which separates names", each, "write a list")
    return found
