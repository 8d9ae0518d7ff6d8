"""Edges to the key/value store of Consul: for its own clients, and for Spring Cloud Consul.

Variables of its clients: https://developer.hashicorp.com/consul/commands#environment-variables, which its Go library reads too.
Properties of Spring: https://docs.spring.io/spring-cloud-consul/reference/config.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.configuration.retry import NoRetry, SpringRetry, check_start, retry_variables
from kmop_constructs.components.configuration.servers import contribute
from kmop_constructs.errors import bad
from kmop_constructs.values.env import EnvValue, SecretKey
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import made_by, text

if TYPE_CHECKING:
    from kmop_constructs.core.contribution import Contribution
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.providers.consul.server import ExistingConsul
    from kmop_constructs.values.files import FileSource

__all__ = ["Access", "ConsulConfig", "ConsulKv", "Format", "check_key"]

Format: TypeAlias = Literal["KEY_VALUE", "YAML", "PROPERTIES", "FILES"]
Access: TypeAlias = Literal["read", "write"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsulKv:
    """An edge: a service reads keys below a prefix. Created by `ExistingConsul.kv`."""

    consul: ExistingConsul
    """The store."""

    prefix: str
    """Prefix of the keys, such as ``config/orders/``."""

    access: Access
    """Whether the service also writes."""

    token: SecretKey | None
    """ACL token. ``None`` for the rights of the anonymous token."""

    token_file: str | None
    """Path of the token in the container. ``None`` for a token in a variable."""

    prefix_env: str | None
    """Variable with the prefix. ``None`` for no variable."""

    waits: Image | None = None
    """Image that waits for the store before the caller starts. Default: none."""

    @property
    def policy(self) -> str:
        """The rules of an ACL policy with exactly these rights, in HCL, for ``consul acl policy create -rules -``."""
        return _policy({self.prefix: self.access})

    def before_start(self, image: Image) -> ConsulKv:
        """Return the edge with an init container that waits until the store accepts connections; see `Call.before_start`."""
        made_by("kv().before_start", image, Image)
        return replace(self, waits=image)

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return variables, files and connection."""
        source = f"{self.consul.title}.kv()"
        call, also = self.consul.call_for(caller)
        address = replace(call.address, host=call.host_for(caller))
        env: dict[str, EnvValue] = {"CONSUL_HTTP_ADDR": f"{address.host}:{address.port}"}
        files: dict[str, FileSource] = {}
        if address.scheme == "https":
            env["CONSUL_HTTP_SSL"] = "true"
        certificates = self.consul.certificates
        if certificates is not None:
            found = {
                "CONSUL_CACERT": certificates.ca,
                "CONSUL_CLIENT_CERT": certificates.certificate,
                "CONSUL_CLIENT_KEY": certificates.key,
            }
            for name, source_of in found.items():
                if source_of is not None:
                    at = f"{certificates.directory.rstrip('/')}/{_FILES[name]}"
                    env[name], files[at] = at, source_of
            if certificates.server_name is not None:
                env["CONSUL_TLS_SERVER_NAME"] = certificates.server_name
        if self.token is not None and self.token_file is not None:
            env["CONSUL_HTTP_TOKEN_FILE"], files[self.token_file] = self.token_file, self.token
        elif self.token is not None:
            env["CONSUL_HTTP_TOKEN"] = self.token
        if self.prefix_env is not None:
            env[self.prefix_env] = self.prefix
        added = contribute(caller, source, call, waits=self.waits, env=env, files=files)
        return replace(added, connections=(*added.connections, *also))


_FILES = {"CONSUL_CACERT": "ca.crt", "CONSUL_CLIENT_CERT": "tls.crt", "CONSUL_CLIENT_KEY": "tls.key"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsulConfig:
    """An edge: a Spring service reads its configuration from Consul. Created by `ExistingConsul.spring_config`."""

    consul: ExistingConsul
    """The store."""

    name: str
    """Name of the configuration, the ``spring.application.name`` of the service."""

    prefix: str
    """First part of the keys."""

    shared: str
    """Name of the configuration that all services share."""

    token: SecretKey | None
    """ACL token. ``None`` for the rights of the anonymous token."""

    format: Format
    """Form of the values."""

    optional: bool
    """Whether the client starts without its configuration."""

    watch: bool
    """Whether the client looks for changes."""

    retry: SpringRetry | NoRetry | None
    """Behaviour while the store cannot be reached at start."""

    waits: Image | None = None
    """Image that waits for the store before the caller starts. Default: none."""

    @property
    def policy(self) -> str:
        """The rules of an ACL policy with exactly these rights, in HCL, for ``consul acl policy create -rules -``.

        A context of Spring is the name and, with a profile, a comma and the profile, so that ``config/orders`` alone would also
        allow ``config/orders-admin/``.
        """
        if self.format == "FILES":
            names = (f"{self.prefix}/{each}{end}" for each in (self.name, self.shared) for end in (".", "-"))
        else:
            names = (f"{self.prefix}/{each}{end}" for each in (self.name, self.shared) for end in ("/", ","))
        return _policy(dict.fromkeys(names, "read"))

    def before_start(self, image: Image) -> ConsulConfig:
        """Return the edge with an init container that waits until the store accepts connections; see `Call.before_start`."""
        made_by("spring_config().before_start", image, Image)
        return replace(self, waits=image)

    def contribution(self, caller: ServiceFacts) -> Contribution:
        """Return variables and connection."""
        source = f"{self.consul.title}.spring_config()"
        if not self.optional:
            check_start(f"{caller.path}: {source}", self.retry, self.waits)
        call, also = self.consul.call_for(caller)
        address = call.address
        env: dict[str, EnvValue] = {
            "SPRING_CONFIG_IMPORT": "optional:consul:" if self.optional else "consul:",
            "SPRING_CLOUD_CONSUL_HOST": call.host_for(caller),
            "SPRING_CLOUD_CONSUL_PORT": str(address.port),
            "SPRING_CLOUD_CONSUL_CONFIG_PREFIXES": self.prefix,
            "SPRING_CLOUD_CONSUL_CONFIG_NAME": self.name,
            "SPRING_CLOUD_CONSUL_CONFIG_DEFAULTCONTEXT": self.shared,
            "SPRING_CLOUD_CONSUL_CONFIG_FORMAT": self.format,
            "SPRING_CLOUD_CONSUL_CONFIG_FAILFAST": "false" if self.optional else "true",
            "SPRING_CLOUD_CONSUL_CONFIG_WATCH_ENABLED": "true" if self.watch else "false",
        }
        if address.scheme == "https":
            env["SPRING_CLOUD_CONSUL_SCHEME"] = "https"
        if self.token is not None:
            env["SPRING_CLOUD_CONSUL_CONFIG_ACLTOKEN"] = self.token
        env |= retry_variables("SPRING_CLOUD_CONSUL_RETRY", self.retry)
        added = contribute(caller, source, call, waits=self.waits, env=env)
        return replace(added, connections=(*added.connections, *also))


def check_key(where: str, value: str) -> str:
    """Check a prefix of keys, which also stands in the text of an ACL policy."""
    text(where, value)
    if value.startswith("/") or '"' in value or "\\" in value or not value.isprintable() or "${" in value:
        raise bad(where, "not a prefix of keys", value, "write it as 'config/orders/', without a slash at its start")
    return value


def _policy(rights: Mapping[str, str]) -> str:
    """Return ACL rules (https://developer.hashicorp.com/consul/docs/reference/acl/rule)."""
    return "".join(
        f'key_prefix "{check_key("prefix", prefix)}" {{\n  policy = "{access}"\n}}\n'
        for prefix, access in rights.items()
    )
