"""Logins of callers: a User with exactly the rights of its edges, and the way of its login to the namespace of the caller.

The topology operator makes name and password of a User, in a Secret beside it
(https://github.com/rabbitmq/messaging-topology-operator/blob/v1.20.1/docs/examples/users/README.md). A caller in another namespace needs a
copy, by the platform's provider of secrets, or a User in its own namespace, which the RabbitMQ then must allow.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.configuration.spec import Generated
from kmop_constructs.components.data.drawn import DrawnStore
from kmop_constructs.components.data.rabbitmq.broker import BrokerLogin
from kmop_constructs.components.data.rabbitmq.rights import NOTHING, accounts_of, rights_of
from kmop_constructs.core.derived import derive_construct
from kmop_constructs.core.made import MakesSecret, ReadsSecret
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import give
from kmop_constructs.core.reading import scope_of
from kmop_constructs.errors import SpecError, UnsupportedError
from kmop_constructs.providers.rabbitmq_operators.names import API, USER_KEYS, login_of_user
from kmop_constructs.values.env import SecretKey
from kmop_constructs.workloads.secret_copies import copy_secret

from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kmop_constructs.components.data.logins import LoginRequest
    from kmop_constructs.components.data.rabbitmq.rights import Rights, UsesQueue
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts, Subject
    from kmop_constructs.typings import rabbitmq_com as rabbitmq
    from kmop_constructs.values.certificate import Trust

__all__ = ["Elsewhere", "OperatorLogins"]

Elsewhere: TypeAlias = Literal["copies", "users"]
"""How callers in other namespaces get their login."""

_READ = (("rabbitmq.com/topology-operator", "true"),)
"""The label of Secrets that the topology operator reads (https://github.com/rabbitmq/messaging-topology-operator/pull/1205)."""

_PLAIN = re.compile(r"[a-z0-9]([a-z0-9.-]{0,60}[a-z0-9])?")


@dataclass(frozen=True, kw_only=True, slots=True)
class OperatorLogins:
    """Logins that the topology operator makes, one for each caller unless edges say otherwise."""

    broker: Subject
    """The RabbitMQ."""

    virtual_host: str
    """The virtual host."""

    authority: Trust | None
    """The authority of its certificate. None for a broker without TLS."""

    shared_authority: bool
    """Whether the authority is in the namespaces of all callers."""

    elsewhere: Elsewhere | None
    """How callers in other namespaces get their login. None if they do not."""

    def login(self, caller: ServiceFacts, request: LoginRequest, /) -> BrokerLogin:
        """Return the login of a caller."""
        apart = self._apart(caller.namespace)
        given = request.credentials
        if given is not None:
            name, credentials = f"{self.broker.name}-{_imported(request.where, given)}", given
        else:
            if apart and self.elsewhere is None:
                raise self._no_way(caller, request)
            own = request.user or (
                f"{caller.namespace}.{caller.name}" if apart and self.elsewhere == "copies" else caller.name
            )
            name = f"{self.broker.name}-{own}"
            credentials = login_of_user(name)
        account = f"{caller.namespace}/{name}" if apart and self.elsewhere == "users" else name
        authority = self._authority(caller, request)
        return BrokerLogin(credentials=credentials, account=account, authority=authority, own=given is not None)

    def _authority(self, caller: ServiceFacts, request: LoginRequest) -> Trust | None:
        if request.authority is not None or self.authority is None:
            return request.authority
        if not self._apart(caller.namespace) or self.shared_authority:
            return self.authority
        if self.elsewhere is None:
            raise self._no_way(caller, request)
        if self.elsewhere == "users" and isinstance(self.authority, SecretKey):
            raise SpecError(
                f"{request.where}: the Secret {self.authority.name!r} of its authority is in the namespace {self.broker.namespace!r}, and "
                f"pods read only objects of their own namespace; name one of {caller.namespace!r}: authority=…, or let a tool put it into "
                "all: RabbitMqOperators(certificate=ServiceCertificate(authority=…))"
            )
        return self.authority

    def _apart(self, namespace: str | None) -> bool:
        return namespace != self.broker.namespace

    def _no_way(self, caller: ServiceFacts, request: LoginRequest) -> UnsupportedError:
        return UnsupportedError(
            f"{request.where}: the caller is in the namespace {caller.namespace!r}, and the Secrets with its login and the authority of the "
            f"broker are in that of the RabbitMQ, {self.broker.namespace!r}; name how they get there: RabbitMqOperators("
            "elsewhere='copies') with Platform(secrets=ExternalSecrets), or RabbitMqOperators(elsewhere='users') with users in the "
            "namespaces of callers; or give it both: credentials=…, authority=…"
        )

    def allowed(self, uses: Iterable[UsesQueue]) -> list[str]:
        """Return the namespaces whose users the RabbitMQ must allow, sorted."""
        if self.elsewhere != "users":
            return []
        found = {each.namespace for each in uses if each.broker == self.broker.path and self._apart(each.namespace)}
        return sorted(each for each in found if each is not None)

    def draw(self, place: Place, used: UsesQueue, /) -> None:
        """Declare the user of a caller, and what carries its login to another namespace."""
        assert used.account is not None
        assert place.chart is not None
        name = used.account.rpartition("/")[2]
        apart = self._apart(used.namespace)
        there = apart and self.elsewhere == "users"
        namespace = used.namespace if there else self.broker.namespace
        scope = scope_of(used.namespace, place.chart) if there else self.broker.scope
        given = used.credentials if used.own else None
        derive_construct(
            place,
            ("User", scope, name),
            lambda around, id: self._user(around, id, str(used.account), given, namespace, scope),
            says={"its RabbitMQ": self.broker.path, "its login": None if given is None else repr(given)},
            hint="name one of the logins otherwise: user=… or credentials=…",
        )
        if used.use.checked and used.use.key is not None:
            exchange = used.use.name
            plain = exchange if _PLAIN.fullmatch(exchange) else hashlib.sha256(exchange.encode()).hexdigest()[:8]
            metadata = self._metadata(f"{name}-{plain}", namespace)
            derive_construct(
                place,
                ("TopicPermission", scope, metadata["name"]),
                lambda around, id: self._keys(around, id, str(used.account), exchange, metadata),
                says={"its RabbitMQ": self.broker.path, "its exchange": exchange},
                hint="name one of the logins otherwise: user=… or credentials=…",
            )
        if not apart or self.elsewhere != "copies":
            return
        if given is None and used.credentials is not None:
            secret = used.credentials.password.name
            copy_secret(place, secret, dict.fromkeys(USER_KEYS, Generated()), of=self.broker, origin=secret)
        if isinstance(self.authority, SecretKey) and not self.shared_authority and used.authority == self.authority:
            copy_secret(
                place,
                self.authority.name,
                {self.authority.key: Generated()},
                of=self.broker,
                origin=self.authority.name,
            )

    def _user(
        self, around: Construct, id: str, account: str, given: Credentials | None, namespace: str | None, scope: str
    ) -> DrawnStore:
        name = account.rpartition("/")[2]
        made: tuple[object, ...]
        if given is None:
            made = (MakesSecret(name=login_of_user(name).password.name, scope=scope, keys=USER_KEYS),)
        else:
            reader = replace(self.broker, namespace=namespace)
            made = (ReadsSecret(name=given.password.name, subject=reader, keys=USER_KEYS, labels=_READ),)
        drawn = DrawnStore(around, id, made)
        give(drawn, *made)
        reference, metadata = self._reference(namespace), self._metadata(name, namespace)
        spec: rabbitmq.UserSpec = {"rabbitmqClusterReference": reference}
        if given is not None:
            spec["importCredentialsSecret"] = {"name": given.password.name}
        Manifest(drawn, "user", {"apiVersion": API, "kind": "User", "metadata": metadata, "spec": spec})

        def draw(synthesis: Synthesis) -> Mapping[str, Any]:
            rights = self._rights(synthesis, account)
            permission: rabbitmq.PermissionSpec = {
                "vhost": self.virtual_host,
                "userReference": {"name": name},
                "permissions": {"configure": rights.configure, "write": rights.write, "read": rights.read},
                "rabbitmqClusterReference": reference,
            }
            return {"apiVersion": API, "kind": "Permission", "metadata": metadata, "spec": permission}

        Manifest(
            drawn,
            "permission",
            Deferred(api_version=API, kind="Permission", name=name, namespace=namespace, draw=draw),
        )
        return drawn

    def _keys(self, around: Construct, id: str, account: str, exchange: str, metadata: Mapping[str, Any]) -> DrawnStore:
        """Draw the routing keys with which a user may publish to an exchange. One edge without a key allows any."""
        namespace = metadata.get("namespace")
        drawn = DrawnStore(around, id, ())

        def draw(synthesis: Synthesis) -> Mapping[str, Any]:
            keys = dict(self._rights(synthesis, account).keys).get(exchange, ".*")
            spec: rabbitmq.TopicPermissionSpec = {
                "vhost": self.virtual_host,
                "userReference": {"name": account.rpartition("/")[2]},
                "permissions": {"exchange": exchange, "write": keys, "read": NOTHING},
                "rabbitmqClusterReference": self._reference(namespace),
            }
            return {"apiVersion": API, "kind": "TopicPermission", "metadata": metadata, "spec": spec}

        head = Deferred(api_version=API, kind="TopicPermission", name=metadata["name"], namespace=namespace, draw=draw)
        Manifest(drawn, "keys", head)
        return drawn

    def _rights(self, synthesis: Synthesis, account: str) -> Rights:
        uses = accounts_of(synthesis, self.broker.path).get(account, [])
        return rights_of(each.use for each in uses)

    def _reference(self, namespace: str | None) -> Any:
        if namespace == self.broker.namespace:
            return {"name": self.broker.name}
        return {"name": self.broker.name, "namespace": self.broker.namespace}

    def _metadata(self, name: str, namespace: str | None) -> dict[str, Any]:
        metadata: dict[str, Any] = {"name": name, "labels": dict(self.broker.labels)}
        if namespace is not None:
            metadata["namespace"] = namespace
        return metadata


def _imported(where: str, given: Credentials) -> str:
    """Return the name of the Secret of a login, if the operator can take it: it reads the keys ``username`` and ``password``."""
    user, password = given.user, given.password
    same = not isinstance(user, SecretKey) or (user.name, user.key) == (password.name, "username")
    if user is None or password.key != "password" or not same:
        raise SpecError(
            f"{where}: credentials: the topology operator reads user and password from the keys 'username' and 'password' of one Secret; "
            "write Credentials.of(ExistingSecret(…))"
        )
    return password.name
