"""A config server as a service of the app: https://docs.spring.io/spring-cloud-config/reference/server.html."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Literal, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.configuration.servers import check_secret
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.core.contribution import Contribution
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import bad
from kmop_constructs.providers.spring_cloud_config.backends import GitBackend, NativeBackend
from kmop_constructs.providers.spring_cloud_config.client import PORT, ClientVerbs, ConfigServerNames
from kmop_constructs.values.env import EnvValue, SecretKey
from kmop_constructs.values.names import made_by, one_of, path, several, text
from kmop_constructs.values.probes import Health
from kmop_constructs.workloads.microservice import Microservice
from kmop_constructs.workloads.spec import ServiceSpec

if TYPE_CHECKING:
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.files import FileSource
    from kmop_constructs.values.pods import Peer
    from kmop_constructs.values.ports import Port
    from kmop_constructs.workloads.platform import Platform

    from constructs import Construct

__all__ = ["ConfigServer", "ConfigServerSpec", "KeyStore"]

PROFILES = "SPRING_PROFILES_ACTIVE"

ACTUATOR = Health(path="/actuator/health/readiness", liveness_path="/actuator/health/liveness")
"""Health groups of Spring Boot in a cluster (https://docs.spring.io/spring-boot/reference/actuator/endpoints.html#actuator.endpoints.kubernetes-probes).
``/actuator/health`` itself would ask the Git host at each check
(https://docs.spring.io/spring-cloud-config/reference/server/health-indicator.html)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyStore:
    """An RSA key pair that encrypts values of the configuration, as a key store file."""

    file: SecretKey = field(kw_only=False)
    """The file, a key of a Secret."""

    alias: str
    """Name of the key pair in the file."""

    password: SecretKey
    """Password of the file."""

    secret: SecretKey | None = None
    """Password of the key pair. Default: that of the file."""

    type: Literal["pkcs12", "jks"] = "pkcs12"
    """Format of the file. Default: ``pkcs12``, that of ``keytool`` since Java 9."""

    at: str = "/etc/config-server-keys/keystore"
    """Path of the file in the container. Default: ``/etc/config-server-keys/keystore``."""

    def __post_init__(self) -> None:
        check_secret("KeyStore.file", self.file, optional=False)
        check_secret("KeyStore.password", self.password, optional=False)
        check_secret("KeyStore.secret", self.secret)
        text("KeyStore.alias", self.alias)
        one_of("KeyStore.type", self.type, Literal["pkcs12", "jks"])
        path("KeyStore.at", self.at)


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigServerSpec(ServiceSpec):
    """A config server: the fields of a service, and where its configuration comes from.

    The image is the team's own: a Spring Boot application with ``spring-cloud-config-server``, ``spring-boot-starter-actuator`` and
    ``@EnableConfigServer``; ``spring-boot-starter-security`` too for `login`.
    """

    backend: GitBackend | NativeBackend
    """Where the configuration comes from: a Git repository, or files."""

    port: int | Port | Sequence[int | Port] = PORT
    """One port or several, the main one first, on which the server listens (``SERVER_PORT``). Default: 8888, where a client looks
    for a server."""

    health: str | Health | None = ACTUATOR
    """Health checks, or the HTTP path of the readiness check. Default: the groups ``readiness`` and ``liveness`` of Spring Boot
    Actuator."""

    login: Credentials | None = None
    """User and password that clients send, as keys of a Secret in the namespaces of the server and its clients. Default: none,
    every pod that the network policy admits reads the configuration of every application."""

    encrypt_key: SecretKey | KeyStore | None = None
    """Key of values that begin with ``{cipher}``: a shared key, or a key pair. The server decrypts them for every client, and answers
    ``/decrypt``. Default: none."""

    def __post_init__(self) -> None:
        where = "ConfigServerSpec"
        made_by(f"{where}.backend", self.backend, GitBackend, NativeBackend)
        made_by(f"{where}.login", self.login, Credentials, type(None), secret=True)
        if not isinstance(self.encrypt_key, KeyStore):
            check_secret(f"{where}.encrypt_key", self.encrypt_key)
        ServiceSpec.__post_init__(self)
        if isinstance(self.backend, NativeBackend) and PROFILES in self.env:
            active = self.env[PROFILES]
            if not isinstance(active, str) or "native" not in [each.strip() for each in active.split(",")]:
                raise bad(f"{where}.env[{PROFILES!r}]", "without the profile native, so the server would read a Git repository", active,
                          "add native to the profiles")  # fmt: skip


class ConfigServer(ClientVerbs, Microservice):
    """A Spring Cloud Config server; its method ``client`` returns the edges of its clients.

    ``ConfigServer(self, "config-server", ConfigServerSpec(image=…, backend=GitBackend("https://github.com/acme/config")))``
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        spec: ConfigServerSpec,
        *,
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
        accepts: Sequence[Peer] = (),
    ) -> None:
        """Draw a config server.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the service unless `ServiceSpec.identity` sets another. Do not change it
                later: the objects would be replaced.
            spec: The server. Default of its number of pods: 2.
            platform: The platform that draws it. Default: the chart's platform, else `Platform()`.
            uses: Edges to what else it uses. Default: none.
            accepts: Clients that another repository builds. Default: none, only clients of this app.

        Raises:
            SpecError: A value is wrong, or two values contradict each other.
            ConflictError: The spec, or an edge, sets a variable of the server to another value.
        """
        where = place_of(scope).child(id).path
        made_by(f"{where}: spec", spec, ConfigServerSpec)
        super().__init__(
            scope,
            id,
            spec,
            platform=platform,
            uses=(*several(f"{where}: uses", uses), spec.backend, _Settings(where=where, spec=spec)),
            accepts=accepts,
        )

    @property
    def spec(self) -> ConfigServerSpec:
        """The spec that was given to the constructor."""
        return cast("ConfigServerSpec", self._spec)

    def _names(self, *, tls: bool) -> ConfigServerNames:
        return ConfigServerNames(where=self.path, call=self.http(env=None, tls=tls), login=self.spec.login)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Settings:
    """The edge that gives the server its login, its key and its profile."""

    where: str
    spec: ConfigServerSpec

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return variables and files."""
        spec = self.spec
        # Spring Boot listens on 8080 unless the image says otherwise, also in a config server.
        env: dict[str, EnvValue] = {"SERVER_PORT": str(caller.main_port.number)}
        files: dict[str, FileSource] = {}
        if isinstance(spec.backend, NativeBackend) and PROFILES not in spec.env:
            env[PROFILES] = "native"
        if spec.login is not None:
            if spec.login.user is not None:
                env["SPRING_SECURITY_USER_NAME"] = spec.login.user
            env["SPRING_SECURITY_USER_PASSWORD"] = spec.login.password
        match spec.encrypt_key:
            case SecretKey() as key:
                env["ENCRYPT_KEY"] = key
            case KeyStore() as store:
                files[store.at] = store.file
                env |= {
                    "ENCRYPT_KEYSTORE_LOCATION": f"file:{store.at}",
                    "ENCRYPT_KEYSTORE_ALIAS": store.alias,
                    "ENCRYPT_KEYSTORE_PASSWORD": store.password,
                    "ENCRYPT_KEYSTORE_TYPE": store.type,
                }
                if store.secret is not None:
                    env["ENCRYPT_KEYSTORE_SECRET"] = store.secret
            case _:
                pass
        return Contribution(source=f"the settings of {self.where}", env=env, files=files)
