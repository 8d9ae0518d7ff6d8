"""What the platform decides of the controllers, and the properties of the brokers, of which Strimzi sets some itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import UnsupportedError, bad
from kmop_constructs.values.names import made_by
from kmop_constructs.values.quantity import Cpu, Size, whole
from kmop_constructs.values.resources import Resources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kmop_constructs.components.data.kafka.spec import KafkaSpec
    from kmop_constructs.core.subject import Subject

__all__ = ["Controllers", "check_version", "properties", "typed"]

VERSIONS = ("4.2.0", "4.2.1", "4.3.0", "4.3.1")
"""https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/kafka-versions.yaml"""

# FORBIDDEN_PREFIXES and FORBIDDEN_PREFIX_EXCEPTIONS in
# https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/api/src/main/java/io/strimzi/api/kafka/model/kafka/KafkaClusterSpec.java
_FIXED = (
    "advertised.",
    "authorizer.",
    "broker.",
    "client.quota.callback.static.",
    "controller.",
    "cordoned.log.dirs",
    "cruise.control.metrics.reporter.bootstrap.servers",
    "cruise.control.metrics.topic",
    "host.name",
    "inter.broker.listener.name",
    "listener.",
    "listeners",
    "log.dir",
    "metadata.log.dir",
    "node.id",
    "password.",
    "port",
    "process.roles",
    "prometheus.metrics.reporter.",
    "sasl.",
    "security.",
    "ssl.",
    "super.user",
)
_FREE = (
    "broker.heartbeat.interval.ms",
    "broker.session.timeout.ms",
    "controller.quorum.election.backoff.max.ms",
    "controller.quorum.election.timeout.ms",
    "controller.quorum.fetch.timeout.ms",
    "controller.socket.timeout.ms",
    "sasl.server.max.receive.size",
    "ssl.cipher.suites",
    "ssl.enabled.protocols",
    "ssl.protocol",
    "ssl.secure.random.implementation",
)
_OURS = {
    "allow.everyone.if.no.acl.found": "leave it out: users have the rights of their edges alone",
    "auto.create.topics.enable": "leave it out: topics are constructs, Topic",
    "delete.topic.enable": "write Strimzi(deletes_topics=True)",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Controllers:
    """Nodes of their own that hold the metadata of a Kafka: ``Controllers(storage=Size.gib(10))``.

    Apache Kafka does not recommend brokers that are controllers too for critical environments
    (https://kafka.apache.org/documentation/#kraft_role). Their number cannot be changed later
    (https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/documentation/modules/configuring/con-config-node-pool-roles.adoc).
    """

    instances: int = 3
    """Number of controllers, an odd number, because a majority must be there. Default: 3, of which one may be lost."""

    storage: Size = Size("10Gi")
    """Size of the storage of each. Default: 10Gi, twice of what is enough for clusters of typical size
    (https://kafka.apache.org/documentation/#kraft_deployment)."""

    resources: Resources = Resources(cpu=Cpu("250m"), memory=Size("2Gi"))
    """Requests and limits of each. Default: an estimate, 250m and 2Gi."""

    def __post_init__(self) -> None:
        whole("Controllers.instances", self.instances, lowest=1)
        if self.instances % 2 == 0:
            what = "an even number, and half of it is no majority"
            raise bad("Controllers.instances", what, self.instances, "use one more or one less")
        made_by("Controllers.storage", self.storage, Size)
        made_by("Controllers.resources", self.resources, Resources)


def check_version(subject: Subject, spec: KafkaSpec) -> str:
    """Return the version of the spec, if this release of Strimzi runs it."""
    if spec.version not in VERSIONS:
        raise UnsupportedError(
            f"{subject.path}: version: Strimzi 1.2 runs Kafka {', '.join(VERSIONS)}, got {spec.version!r}; use one of them"
        )
    return spec.version


def properties(
    subject: Subject, settings: Mapping[str, str], brokers: int, *, deletes_topics: bool
) -> dict[str, bool | int | float | str]:
    """Return the checked properties of the brokers, sorted: three copies of each record, of which two must have it."""
    where = f"{subject.path}: settings"
    for name in settings:
        if name in _OURS:
            raise bad(where, "set by the library", name, _OURS[name])
        if name.startswith(_FIXED) and name not in _FREE:
            raise bad(where, "set by Strimzi itself", name, "remove it")
    copies = min(3, brokers)
    in_sync = max(1, copies - 1)
    found: dict[str, bool | int | float | str] = {
        "auto.create.topics.enable": False,
        "default.replication.factor": copies,
        "delete.topic.enable": deletes_topics,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.replication.factor": copies,
    }
    return dict(sorted({**found, **typed(settings)}.items()))


def typed(settings: Mapping[str, str]) -> dict[str, bool | int | float | str]:
    """Return settings with whole numbers and truth values as such, as Strimzi's own examples have them."""
    return {name: _value(text) for name, text in settings.items()}


def _value(text: str) -> bool | int | str:
    if text in ("true", "false"):
        return text == "true"
    digits = text.removeprefix("-")
    plain = digits.isdecimal() and digits.isascii() and (digits == "0" or not digits.startswith("0"))
    return int(text) if plain and len(digits) <= 18 else text
