"""The login of a broker for KEDA, by reference to the Secret of the workload's own edge.

https://keda.sh/docs/2.21/concepts/authentication/#re-use-credentials-and-delegate-auth-with-triggerauthentication
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.errors import SpecError
from kmop_constructs.values.env import SecretKey

if TYPE_CHECKING:
    from kmop_constructs.core.broker import GroupOfTopic, UsesBroker
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s
    from kmop_constructs.typings import keda_sh as keda
    from kmop_constructs.values.certificate import Trust

    from constructs import Construct

__all__ = ["Authentication", "authentication_of", "authentication_of_group"]

_Reference = tuple[str, str, str]
"""Parameter of the trigger, name of the object, key."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Authentication:
    """A TriggerAuthentication to draw."""

    service: ServiceFacts
    """The workload."""

    name: str
    """Name of the TriggerAuthentication, and of the ConfigMap with `settings`."""

    from_secrets: tuple[_Reference, ...]
    """Parameters from Secrets."""

    from_config: tuple[_Reference, ...]
    """Parameters from ConfigMaps of others."""

    settings: Mapping[str, str]
    """Parameters that are not secret, and that KEDA reads from a ConfigMap alone."""

    @property
    def secrets(self) -> Mapping[str, tuple[str, ...]]:
        """The keys that KEDA reads, by Secret."""
        found: dict[str, tuple[str, ...]] = {}
        for _, name, key in self.from_secrets:
            found[name] = (*found.get(name, ()), key)
        return found

    def draw(self, scope: Construct) -> None:
        """Draw it, with the ConfigMap of `settings`."""
        metadata: k8s.ObjectMeta = {"name": self.name, "labels": dict(self.service.labels)}
        from_config = (*self.from_config, *((key, self.name, key) for key in sorted(self.settings)))
        spec: keda.TriggerAuthenticationSpec = {}
        if self.from_secrets:
            spec["secretTargetRef"] = [_target(each) for each in self.from_secrets]
        if from_config:
            spec["configMapTargetRef"] = [_target(each) for each in from_config]
        if self.settings:
            config: k8s.ConfigMap = {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": metadata,
                "data": dict(sorted(self.settings.items())),
            }
            Manifest(scope, f"config-{self.name}", config)
        literal: keda.TriggerAuthentication = {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "TriggerAuthentication",
            "metadata": metadata,
            "spec": spec,
        }
        Manifest(scope, f"authentication-{self.name}", literal)


def authentication_of(service: ServiceFacts, broker: UsesBroker) -> Authentication | None:
    """Return the login of a broker for KEDA. ``None`` if it has neither a login nor TLS: KEDA then is ``guest``, as other clients.

    User, password and TLS are parameters of the authentication, and not of the trigger
    (https://github.com/kedacore/keda/blob/v2.21.0/pkg/scalers/rabbitmq_scaler.go).
    """
    settings = {"tls": "enable"} if broker.tls else {}
    return _authentication(service, f"{service.name}-{broker.name}", broker, settings)


def authentication_of_group(service: ServiceFacts, group: GroupOfTopic) -> Authentication | None:
    """Return the login of a consumer for KEDA. ``None`` if its Kafka has neither a login nor an authority of its own.

    The name differs from that of a broker of queues, which may have the name of the Kafka.
    """
    return _authentication(service, f"{service.name}-{group.name}-kafka", group, {})


def _authentication(
    service: ServiceFacts, name: str, broker: UsesBroker | GroupOfTopic, settings: dict[str, str]
) -> Authentication | None:
    secrets: list[_Reference] = []
    config: list[_Reference] = []
    if broker.password is not None:
        if broker.user is None:
            raise SpecError(f"{service.path}: scaling: {broker.broker}: its credentials have no user, which KEDA needs beside the "
                            "password, got none; set Credentials(user=…)")  # fmt: skip
        if isinstance(broker.user, SecretKey):
            secrets.append(("username", broker.user.name, broker.user.key))
        else:
            settings["username"] = broker.user
        secrets.append(("password", broker.password.name, broker.password.key))
    if broker.tls:
        _trust(broker.authority, secrets, config)
    if not secrets and not config and not settings:
        return None
    return Authentication(
        service=service, name=name, from_secrets=tuple(secrets), from_config=tuple(config), settings=settings
    )


def _trust(authority: Trust | None, secrets: list[_Reference], config: list[_Reference]) -> None:
    """Add the authority of the broker's certificate. Without one, KEDA knows those of its image alone."""
    if authority is not None:
        found = secrets if isinstance(authority, SecretKey) else config
        found.append(("ca", authority.name, authority.key))


def _target(reference: _Reference) -> keda.TriggerAuthenticationConfigMapTargetRef:
    parameter, name, key = reference
    return {"parameter": parameter, "name": name, "key": key}
