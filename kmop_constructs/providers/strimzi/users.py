"""Logins of callers: a KafkaUser with exactly the rights of its edges, and the way of its password to the namespace of the caller.

The operators of users and topics act in one namespace, that of the Kafka, so users, topics and the Secrets with passwords are there
(https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/documentation/assemblies/operators/assembly-using-the-user-operator.adoc). A caller
elsewhere needs a copy: by the platform's provider of secrets, or by the Access Operator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.configuration.spec import Generated
from kmop_constructs.components.data.drawn import DrawnStore
from kmop_constructs.components.data.kafka.cluster import KafkaLogin
from kmop_constructs.components.data.kafka.rights import rights_of, users_of
from kmop_constructs.components.data.kafka.spec import check_login
from kmop_constructs.components.data.kafka.strimzi import CLUSTER, authority_of
from kmop_constructs.core.derived import derive_construct
from kmop_constructs.core.made import MakesSecret, ReadsSecret
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import give
from kmop_constructs.core.reading import scope_of
from kmop_constructs.errors import SpecError, UnsupportedError
from kmop_constructs.providers.strimzi.cluster import API
from kmop_constructs.providers.strimzi.names import ACCESS_KEYS, LISTENER, USER_KEYS
from kmop_constructs.values.env import SecretKey
from kmop_constructs.workloads.secret_copies import copy_secret

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.data.kafka.rights import UsesTopic
    from kmop_constructs.components.data.logins import LoginRequest
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts, Subject
    from kmop_constructs.typings import access_strimzi_io as access
    from kmop_constructs.typings import kafka_strimzi_io as strimzi
    from kmop_constructs.values.certificate import Trust

__all__ = ["Elsewhere", "StrimziLogins"]

Elsewhere: TypeAlias = Literal["copies", "access"]
"""How callers in other namespaces get their Secrets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StrimziLogins:
    """Logins that the User Operator makes, one for each caller unless edges say otherwise."""

    kafka: Subject
    """The Kafka."""

    shared: Credentials | None
    """The login of callers that name none. None for one of each caller."""

    elsewhere: Elsewhere | None
    """How callers in other namespaces get their Secrets. None if they do not."""

    def login(self, caller: ServiceFacts, request: LoginRequest, /) -> KafkaLogin:
        """Return the login of a caller."""
        apart = self._apart(caller.namespace)
        given = request.credentials or (None if request.user is not None else self.shared)
        if given is not None:
            check_login(f"{request.where}: credentials", given)
            if given.password.name == given.user:
                raise SpecError(
                    f"{request.where}: credentials: the User Operator keeps the login of {given.user!r} in a Secret of that name, so it "
                    f"would overwrite the Secret {given.password.name!r} that the password is from; name that Secret otherwise"
                )
            if apart and request.credentials is None:
                name = given.password.name
                raise SpecError(f"{request.where}: its Secret {name!r} is in the namespace {self.kafka.namespace!r}, and pods read only "
                                f"objects of their own namespace; name one of {caller.namespace!r}: credentials=…")  # fmt: skip
            authority = self._authority(caller, request, given.user)
            own = request.credentials is not None
            return KafkaLogin(user=given.user, password=given.password, authority=authority, own=own)
        user = request.user or (f"{caller.namespace}.{caller.name}" if apart else caller.name)
        password = SecretKey(user, "password")
        if apart:
            self._check_way(caller, request)
            password = SecretKey(self._local(user), "password")
        return KafkaLogin(user=user, password=password, authority=self._authority(caller, request, user))

    def _authority(self, caller: ServiceFacts, request: LoginRequest, user: object) -> Trust:
        if request.authority is not None:
            return request.authority
        if self._apart(caller.namespace):
            self._check_way(caller, request)
            if self.elsewhere == "access":
                return SecretKey(self._local(str(user)), "ssl.truststore.crt")
        return authority_of(self.kafka.name)

    def _apart(self, namespace: str | None) -> bool:
        return namespace != self.kafka.namespace

    def _local(self, user: str) -> str:
        """Return the name of a copy of the Secret of a user, in the namespace of its caller."""
        return f"{self.kafka.name}-{user}"

    def _check_way(self, caller: ServiceFacts, request: LoginRequest) -> None:
        if self.elsewhere is None:
            raise UnsupportedError(
                f"{request.where}: the caller is in the namespace {caller.namespace!r}, and the Secrets with its login and the authority of "
                f"the brokers are in that of the Kafka, {self.kafka.namespace!r}; name how they get there: Strimzi(elsewhere='copies') "
                "with Platform(secrets=ExternalSecrets), or Strimzi(elsewhere='access') with the Access Operator; or give it both: "
                "credentials=…, authority=…"
            )

    def draw(self, place: Place, used: UsesTopic, /) -> None:
        """Declare the user of a caller, and what carries its Secrets to another namespace."""
        user = str(used.user)
        shared = self.shared is not None and not used.own_password and user == self.shared.user
        given = used.password if used.own_password or shared else None
        password = None if given is None else SecretKey(given.name, given.key)
        derive_construct(
            place,
            ("KafkaUser", self.kafka.scope, user),
            lambda scope, id: self._user(scope, id, user, password),
            says={"its Kafka": self.kafka.path, "its password": None if password is None else repr(password)},
            hint="name one of the logins otherwise: user=… or credentials=…",
        )
        if not self._apart(used.namespace) or self.elsewhere is None:
            return
        if self.elsewhere == "access":
            self._access(place, used, user)
            return
        if given is None:
            copy_secret(place, self._local(user), {"password": Generated()}, of=self.kafka, origin=user)
        authority = authority_of(self.kafka.name)
        if used.authority == authority:
            copy_secret(place, authority.name, {authority.key: Generated()}, of=self.kafka, origin=authority.name)

    def _user(self, scope: Construct, id: str, user: str, password: SecretKey | None) -> DrawnStore:
        made = MakesSecret(name=user, scope=self.kafka.scope, keys=USER_KEYS)
        read = () if password is None else (ReadsSecret(name=password.name, subject=self.kafka, keys=(password.key,)),)
        drawn = DrawnStore(scope, id, (made, *read))
        give(drawn, *drawn.gives)

        def draw(synthesis: Synthesis) -> strimzi.KafkaUser:
            return self._literal(user, password, users_of(synthesis, self.kafka.path).get(user, []))

        deferred = Deferred(api_version=API, kind="KafkaUser", name=user, namespace=self.kafka.namespace, draw=draw)
        Manifest(drawn, "user", deferred)
        return drawn

    def _literal(self, user: str, password: SecretKey | None, uses: list[UsesTopic]) -> strimzi.KafkaUser:
        authentication: strimzi.KafkaUserAuthentication = {"type": "scram-sha-512"}
        if password is not None:
            authentication["password"] = {"valueFrom": {"secretKeyRef": {"name": password.name, "key": password.key}}}
        acls: list[strimzi.KafkaUserAuthorizationAcl] = [
            {
                "resource": {
                    "type": right.resource,
                    "name": right.name,
                    "patternType": "prefix" if right.prefix else "literal",
                },
                "operations": [*cast("tuple[Literal['Describe', 'Read', 'Write'], ...]", right.operations)],
                "host": "*",
            }
            for right in rights_of(each.use for each in uses)
        ]
        return {
            "apiVersion": API,
            "kind": "KafkaUser",
            "metadata": {"name": user, "labels": {**self.kafka.labels, CLUSTER: self.kafka.name}},
            "spec": {"authentication": authentication, "authorization": {"type": "simple", "acls": acls}},
        }

    def _access(self, place: Place, used: UsesTopic, user: str) -> None:
        """Declare a KafkaAccess in the namespace of the caller: a Secret with its login and the authority of the brokers."""
        assert place.chart is not None
        name, namespace = self._local(user), str(self.kafka.namespace)
        scope = scope_of(used.namespace, place.chart)
        literal: access.KafkaAccess = {
            "apiVersion": "access.strimzi.io/v1alpha1",
            "kind": "KafkaAccess",
            "metadata": {"name": name, "labels": dict(self.kafka.labels)},
            "spec": {
                "kafka": {"name": self.kafka.name, "namespace": namespace, "listener": LISTENER},
                "user": {"kind": "KafkaUser", "apiGroup": "kafka.strimzi.io", "name": user, "namespace": namespace},
                "secretName": name,
            },
        }

        def draw(around: Construct, id: str) -> DrawnStore:
            drawn = DrawnStore(around, id, (MakesSecret(name=name, scope=scope, keys=ACCESS_KEYS, rotates=True),))
            give(drawn, *drawn.gives)
            Manifest(drawn, "access", literal)
            return drawn

        derive_construct(place, ("KafkaAccess", scope, name), draw, says={"its user": f"{namespace}/{user}"})
