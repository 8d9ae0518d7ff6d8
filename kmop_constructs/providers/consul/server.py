"""A Consul cluster that is already running: its servers, or an agent on each node."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.configuration.retry import NoRetry, SpringRetry
from kmop_constructs.components.configuration.servers import ServerAddress, call_of, check_secret, host_of
from kmop_constructs.core.connection import Connection
from kmop_constructs.core.edges import Call
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.providers.consul.edges import Access, ConsulConfig, ConsulKv, Format, check_key
from kmop_constructs.values.address import Address
from kmop_constructs.values.env import ConfigKey, PodField, SecretKey
from kmop_constructs.values.names import env_name, flag, hostname, made_by, one_of, path, text
from kmop_constructs.values.pods import Addresses, Pods
from kmop_constructs.values.quantity import whole

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts

__all__ = ["ConsulAgents", "ConsulCertificates", "ExistingConsul"]

HOST_IP = "CONSUL_HOST_IP"

TOKEN_FILE = "/etc/consul-token/token"


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsulAgents:
    """The client agent on the caller's own node, by the address of the node (``status.hostIP``).

    Its Helm chart runs agents only with ``client.enabled``, on port 8500 of each node, or 8501 with TLS. Both the nodes
    (`Platform.node_ranges`) and `pods` are opened, because network plug-ins compare the address before or after NAT.
    """

    pods: Pods = Pods.of({"app": "consul", "component": "client"}, namespace="consul")
    """Pods of the agents. Default: those of the Helm chart in the namespace ``consul``
    (https://github.com/hashicorp/consul-k8s/blob/main/charts/consul/templates/client-daemonset.yaml)."""

    def __post_init__(self) -> None:
        made_by("ConsulAgents.pods", self.pods, Pods)
        if self.pods.ports:
            raise bad(
                "ConsulAgents.pods",
                "has ports, but the port is that of ExistingConsul",
                self.pods.ports[0],
                "leave port out",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsulCertificates:
    """Certificates of a Consul client, as files in PEM."""

    ca: SecretKey | ConfigKey
    """The authority of the servers' certificates: ``CONSUL_CACERT``."""

    certificate: SecretKey | None = None
    """Client certificate, where the servers verify clients (``verify_incoming``): ``CONSUL_CLIENT_CERT``. Default: none."""

    key: SecretKey | None = None
    """Key of the client certificate: ``CONSUL_CLIENT_KEY``. Default: none."""

    server_name: str | None = None
    """Name in the servers' certificates: ``CONSUL_TLS_SERVER_NAME``, such as ``server.dc1.consul``. Default: the host of the
    address."""

    directory: str = "/etc/consul-tls"
    """Directory of the files in the container. Default: ``/etc/consul-tls``."""

    def __post_init__(self) -> None:
        made_by("ConsulCertificates.ca", self.ca, SecretKey, ConfigKey, secret=True)
        check_secret("ConsulCertificates.certificate", self.certificate)
        check_secret("ConsulCertificates.key", self.key)
        if (self.certificate is None) != (self.key is None):
            raise SpecError(
                "ConsulCertificates: one of certificate and key is set, and a client needs both; set both, or none"
            )
        if self.server_name is not None:
            hostname("ConsulCertificates.server_name", self.server_name)
        path("ConsulCertificates.directory", self.directory)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingConsul:
    """A Consul cluster that is already running: ``ExistingConsul(ExistingService("consul-server", port=8501, namespace="consul"))``."""

    host: ServerAddress | ConsulAgents = field(kw_only=False)
    """A Service of the servers (`ExistingService`), a host outside the cluster (text, or ``ExternalHost(…, cidrs=…)`` with a private
    address), or the agent on each node (`ConsulAgents`)."""

    port: int | None = None
    """Port of a host that is given by name, or of the agents. Default: 8500, or 8501 with `tls`
    (https://developer.hashicorp.com/consul/docs/reference/architecture/ports)."""

    tls: bool = False
    """Whether the HTTP API speaks TLS. Default: false; true with `certificates`."""

    certificates: ConsulCertificates | None = None
    """Certificates of the clients, keys of Secrets in their namespace. Default: none; with `tls`, the authorities of the image."""

    def __post_init__(self) -> None:
        where = "ExistingConsul"
        made_by(f"{where}.certificates", self.certificates, ConsulCertificates, type(None), secret=True)
        flag(f"{where}.tls", self.tls)
        if self.certificates is not None:
            object.__setattr__(self, "tls", True)
        if self.port is not None:
            whole(f"{where}.port", self.port, lowest=1, highest=65535)
            if not isinstance(self.host, str | ConsulAgents):
                raise bad(
                    f"{where}.port", "not allowed, because the host already has a port", self.port, "leave it out"
                )
        if not isinstance(self.host, ConsulAgents):
            call_of(f"{where}.host", self.host, port=self._port, tls=self.tls)

    @property
    def title(self) -> str:
        """Description for messages."""
        return (
            "ExistingConsul(on each node)"
            if isinstance(self.host, ConsulAgents)
            else f"ExistingConsul({host_of(self.host)!r})"
        )

    @property
    def _port(self) -> int:
        return self.port or (8501 if self.tls else 8500)

    def call_for(self, caller: ServiceFacts) -> tuple[Call, tuple[Connection, ...]]:
        """Return the call of a caller, and further connections that it needs.

        Raises `SpecError` for agents on nodes if the platform does not have `Platform.node_ranges`.
        """
        if not isinstance(self.host, ConsulAgents):
            return call_of("ExistingConsul.host", self.host, port=self._port, tls=self.tls), ()
        ranges = caller.cluster.node_ranges
        if not ranges:
            raise SpecError(
                f"{caller.path}: {self.title}: the platform does not set the addresses of the nodes, on which the agents listen; "
                "set node_ranges=('10.10.0.0/16',) on the platform"
            )
        scheme = "https" if self.tls else "http"
        call = Call(
            source=f"{self.title}.http()",
            address=Address(host=f"$({HOST_IP})", port=self._port, scheme=scheme),
            forms=(),
            variables={HOST_IP: PodField("status.hostIP")},
            connection=Connection(to=Addresses(ranges=ranges), port=self._port, speaks="http", tls=self.tls),
        )
        return call, (Connection(to=self.host.pods, port=self._port, speaks="http", tls=self.tls),)

    def kv(
        self,
        prefix: str,
        *,
        token: SecretKey | None = None,
        token_file: str | None = TOKEN_FILE,
        access: Access = "read",
        prefix_env: str | None = None,
    ) -> ConsulKv:
        """Return an edge for a service that reads keys with a client of Consul: ``CONSUL_HTTP_ADDR`` and the like.

        Args:
            prefix: Prefix of the keys, such as ``config/orders/``. With the slash at its end, ``config/orders-admin`` is another one.
            token: ACL token, a key of a Secret. Default: none, the rights of the anonymous token.
            token_file: Path of the token in the container (``CONSUL_HTTP_TOKEN_FILE``). ``None`` sets ``CONSUL_HTTP_TOKEN``, for
                clients that read no file. Default: ``/etc/consul-token/token``.
            access: ``read`` or ``write``, which includes ``read``; for `ConsulKv.policy`. Default: ``read``.
            prefix_env: Name of a variable with the prefix. Default: none.
        """
        where = f"{self.title}.kv"
        check_key(f"{where}(prefix)", prefix)
        check_secret(f"{where}(token=…)", token)
        if token_file is not None:
            path(f"{where}(token_file=…)", token_file)
        one_of(f"{where}(access=…)", access, Access)
        if prefix_env is not None:
            env_name(f"{where}(prefix_env=…)", prefix_env)
        return ConsulKv(
            consul=self, prefix=prefix, access=access, token=token, token_file=token_file, prefix_env=prefix_env
        )

    def spring_config(
        self,
        name: str,
        *,
        token: SecretKey | None = None,
        prefix: str = "config",
        shared: str = "application",
        format: Format = "KEY_VALUE",  # noqa: A002 - the property's own name
        optional: bool = False,
        watch: bool = True,
        retry: SpringRetry | NoRetry | None = None,
    ) -> ConsulConfig:
        """Return an edge for a Spring service with ``spring-cloud-starter-consul-config``: ``SPRING_CONFIG_IMPORT=consul:``.

        Args:
            name: Name of the configuration: the keys below ``<prefix>/<name>/``, and ``<prefix>/<name>,<profile>/``.
            token: ACL token, a key of a Secret. Default: none, the rights of the anonymous token.
            prefix: First part of the keys. Default: ``config``, the default of Spring.
            shared: Name of the configuration of all services. Default: ``application``, the default of Spring.
            format: Form of the values: ``KEY_VALUE``, ``YAML``, ``PROPERTIES`` or ``FILES``. Default: ``KEY_VALUE``.
            optional: Start without configuration where the store cannot be reached. Default: false.
            watch: Look for changes every second, and refresh the application. Default: true, the default of Spring.
            retry: Retries while the store cannot be reached, which needs ``spring-retry`` and ``spring-boot-starter-aspectj`` on the
                class path (https://docs.spring.io/spring-cloud-consul/reference/retry.html); or `NO_RETRY`; or
                `ConsulConfig.before_start`. One of the three is needed, unless `optional` is set. Default: not set.

        Raises:
            UnsupportedError: The store has certificates: the client library of Spring reads only key stores with a client
                certificate, and else the authorities of the JVM.
        """
        where = f"{self.title}.spring_config"
        for what, value in (("name", name), ("prefix", prefix), ("shared", shared)):
            text(f"{where}({what})", value)
            if "," in value or value.strip("/") != value:
                raise bad(f"{where}({what})", "has a comma, or a slash at an end", value, "write it as 'orders'")
        check_secret(f"{where}(token=…)", token)
        one_of(f"{where}(format=…)", format, Format)
        flag(f"{where}(optional=…)", optional)
        flag(f"{where}(watch=…)", watch)
        made_by(f"{where}(retry=…)", retry, SpringRetry, NoRetry, type(None))
        if isinstance(retry, SpringRetry) and retry.random:
            raise bad(
                f"{where}(retry=…)",
                "random intervals, which Spring Cloud Consul does not have",
                True,
                "leave random out",
            )
        if self.certificates is not None:
            raise UnsupportedError(f"{where}: Spring Cloud Consul reads no authority from a PEM file; add it to the trust store of the "
                                   "JVM in the image, and leave certificates out of ExistingConsul")  # fmt: skip
        return ConsulConfig(consul=self, name=name, prefix=prefix, shared=shared, token=token, format=format, optional=optional,
                            watch=watch, retry=retry)  # fmt: skip
