"""Outboxes without an operator: Debezium Server in one pod.

Facts of the image, from https://github.com/debezium/container-images/blob/main/server/3.6/Dockerfile: it starts in ``/debezium``, any user may
run it, and reads ``config/application.properties``, in which ``${NAME}`` is a variable and ``$${`` is ``${``
(https://debezium.io/documentation/reference/stable/operations/debezium-server.html).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.kafka.debezium import CONNECTOR, NO_SCHEMAS, predicate, router, source
from kmop_constructs.components.data.kafka.topic import Compacted, ForTime
from kmop_constructs.components.data.spec import Password, Prefix, UserName
from kmop_constructs.errors import SpecError
from kmop_constructs.values.address import AuthorityFile, HostPort
from kmop_constructs.values.files import Text
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import made_by
from kmop_constructs.values.ports import Port
from kmop_constructs.values.probes import Health, HttpGet
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.rollout import Recreate
from kmop_constructs.values.scaling import Replicas
from kmop_constructs.workloads.internal_topics import draw_internal_topic
from kmop_constructs.workloads.microservice import Worker
from kmop_constructs.workloads.platform import Platform
from kmop_constructs.workloads.spec import WorkerSpec

if TYPE_CHECKING:
    from kmop_constructs.components.data.kafka.edge import TopicEdge
    from kmop_constructs.components.data.kafka.forms import KafkaForm
    from kmop_constructs.components.data.kafka.outbox import OutboxSpec
    from kmop_constructs.components.data.spec import DataForm
    from kmop_constructs.core.subject import Subject

    from constructs import Construct

__all__ = ["DebeziumServer"]

_FILE = "/debezium/config/application.properties"
_GUESS = Resources(cpu=Cpu("100m"), memory=Size("512Mi"))
_KEPT = timedelta(days=1)
_LOGIN = "org.apache.kafka.common.security"


@dataclass(frozen=True, kw_only=True, slots=True)
class DebeziumServer:
    """Reads outboxes with Debezium Server 3.6, one pod for each: ``Platform(outbox=DebeziumServer(image=Image("quay.io/debezium/server:3.6.1.Final")))``.

    It runs with any Kafka and any PostgreSQL whose provider prepares it. Positions are in a topic of its own. Headers of records are JSON,
    so that an id is in quotes, and by Kafka Connect it is not. Two pods would wait for one slot, so an update stops the old pod first.
    """

    image: Image | None = None
    """Image of Debezium Server. Default: none; an outbox then is an error that names it."""

    resources: Resources | None = None
    """Requests and limits. Default: an estimate, 100m and 512Mi."""

    def __post_init__(self) -> None:
        made_by("DebeziumServer.image", self.image, Image, type(None))
        made_by("DebeziumServer.resources", self.resources, Resources, type(None))

    def __call__(self, scope: Construct, id: str, /, *, subject: Subject, intent: OutboxSpec) -> Worker:
        """Draw the pod and its topics. The platform calls this."""
        if self.image is None:
            raise SpecError(
                f"{subject.path}: the platform names no image that reads outboxes; name one: Platform(outbox=DebeziumServer(image=Image("
                "'quay.io/debezium/server:3.6.1.Final'))), or StrimziConnect(image=…) on Kafka Connect"
            )
        name, first = subject.name, intent.targets[0]
        login, authority = first.credentials, first.authority
        beats = draw_internal_topic(
            scope,
            f"{intent.prefix}-heartbeat",
            intent.kafka,
            keep=ForTime(_KEPT),
            key="reader",
            name=intent.heartbeat_topic,
        )
        offsets = draw_internal_topic(scope, f"{name}-offsets", intent.kafka, keep=Compacted(), key="reader")
        mine: list[TopicEdge] = [
            *(replace(each, forms=_forms(each)) for each in intent.targets),
            beats.produce(env=None, credentials=login, authority=authority),
            offsets.produce(env=None, credentials=login, authority=authority),
            # Positions are read by the number of the partition, without a group: KafkaBasedLog of Kafka Connect.
            replace(offsets.consume(group=name, env=None, credentials=login, authority=authority), group=None),
        ]
        database: tuple[DataForm, ...] = (Prefix("DATABASE"),)
        if intent.source.store.authority is not None:
            database = (*database, AuthorityFile("DATABASE_CA"))
        port = Port.tcp(8080, name="http")
        lines = "".join(f"{key}={value}\n" for key, value in sorted(_properties(subject, intent).items()))
        spec = WorkerSpec(
            image=self.image,
            env={"DEBEZIUM_OPTS": "-XX:MaxRAMPercentage=60"},
            files={_FILE: Text(lines)},
            container_ports=(port,),
            health=Health(
                readiness=HttpGet("/q/health/ready", port=8080), liveness=HttpGet("/q/health/live", port=8080)
            ),
            resources=self.resources or _GUESS,
            scaling=Replicas(1),
            rollout=Recreate(),
        )
        return Worker(
            scope,
            id,
            spec,
            platform=Platform.of(subject.cluster),
            uses=[replace(intent.source, forms=database), *mine],
        )


def _has_login(edge: TopicEdge) -> bool:
    return edge.topic.kafka.mechanism is not None


def _has_authority(edge: TopicEdge) -> bool:
    return edge.authority is not None or edge.topic.kafka.primary.authority is not None


def _forms(edge: TopicEdge) -> tuple[KafkaForm, ...]:
    found: list[KafkaForm] = [HostPort("KAFKA_SERVERS")]
    if _has_login(edge):
        found += [UserName("KAFKA_USER"), Password("KAFKA_PASSWORD")]
    if _has_authority(edge):
        found.append(AuthorityFile("KAFKA_CA"))
    return tuple(found)


def _client(edge: TopicEdge) -> dict[str, str]:
    """Return the properties of a client of the Kafka."""
    tls, mechanism = edge.topic.kafka.primary.tls, edge.topic.kafka.mechanism
    protocol = f"{'SASL_' if mechanism else ''}{'SSL' if tls else 'PLAINTEXT'}"
    found = {"bootstrap.servers": "${KAFKA_SERVERS}", "security.protocol": protocol}
    if mechanism is not None:
        module = "plain.Plain" if mechanism == "PLAIN" else "scram.Scram"
        found["sasl.mechanism"] = mechanism
        found["sasl.jaas.config"] = (
            f'{_LOGIN}.{module}LoginModule required username="${{KAFKA_USER}}" password="${{KAFKA_PASSWORD}}";'
        )
    if _has_authority(edge):
        found |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": "${KAFKA_CA}"}
    return found


def _properties(subject: Subject, spec: OutboxSpec) -> dict[str, str]:
    """Return the properties of Debezium Server: source, sink, positions and the event router."""
    edge, store = spec.targets[0], spec.source.store
    client = _client(edge)
    copies = 1 if edge.topic.kafka.brokers is None else min(3, edge.topic.kafka.brokers)
    own = {
        **source(spec),
        "connector.class": CONNECTOR,
        "database.hostname": "${DATABASE_HOST}",
        "database.port": "${DATABASE_PORT}",
        "database.dbname": spec.database,
        "database.user": "${DATABASE_USER}",
        "database.password": "${DATABASE_PASSWORD}",
        "offset.storage": "org.apache.kafka.connect.storage.KafkaOffsetBackingStore",
        "offset.storage.topic": f"{subject.name}-offsets",
        "offset.storage.partitions": "1",
        "offset.storage.replication.factor": str(copies),
        **client,
    }
    if store.tls:
        own["database.sslmode"] = "require" if store.authority is None else "verify-full"
    if store.authority is not None:
        own["database.sslrootcert"] = "${DATABASE_CA}"
    text = spec.payload == "text"
    serializer = "String" if text else "ByteArray"
    found = {f"debezium.source.{name}": value for name, value in own.items()}
    found |= {f"debezium.sink.kafka.producer.{name}": value for name, value in client.items()}
    found |= {
        "debezium.sink.type": "kafka",
        "debezium.sink.kafka.producer.key.serializer": "org.apache.kafka.common.serialization.StringSerializer",
        "debezium.sink.kafka.producer.value.serializer": f"org.apache.kafka.common.serialization.{serializer}Serializer",
        "debezium.format.key": "simplestring",
        "debezium.format.value": "simplestring" if text else "binary",
        "debezium.format.header": "json",
        "debezium.format.header.schemas.enable": "false",
        "debezium.predicates": "outbox",
        "debezium.transforms": "outbox",
        "quarkus.log.console.json": "false",
    }
    if not text:
        found |= {f"debezium.format.value.{name}": value for name, value in NO_SCHEMAS.items()}
    found |= {f"debezium.predicates.outbox.{name}": value for name, value in predicate(spec).items()}
    routed = router(spec, routed="$${routedByValue}")
    return found | {f"debezium.transforms.outbox.{name}": value for name, value in routed.items()}
