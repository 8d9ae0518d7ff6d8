"""Kafka by the official image: one node that is broker and controller (KRaft), with a login and rights for each user.

Facts of the image, from https://github.com/apache/kafka/blob/4.1/docker/jvm/Dockerfile: Kafka is in ``/opt/kafka``, and the user
``appuser`` is the first one of an Alpine image, 1000. The image's own start (``/etc/kafka/docker/run``) writes passwords from variables
into a file and formats the volume without users, so the programs of Kafka are called directly: ``kafka-storage.sh format`` with
``--add-scram`` (https://kafka.apache.org/documentation/#security_sasl_scram_credentials) when the volume is empty, then
``kafka-server-start.sh``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.kafka.cluster import GivenLogins, KafkaNames
from kmop_constructs.components.data.kafka.spec import ADMINISTRATOR, KafkaSpec
from kmop_constructs.components.data.technology import KAFKA
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.providers.native.data.kafka_setup import KafkaSetup, setup_spec
from kmop_constructs.providers.native.data.logins import own_password
from kmop_constructs.providers.native.data.pod import Ids, PodOfImage, StoreArguments, check_arguments, settings_of
from kmop_constructs.providers.native.data.provider import NativeStoreProvider
from kmop_constructs.providers.native.data.store import NativeData, NativeDataOptions
from kmop_constructs.values.files import Text
from kmop_constructs.values.ports import Port
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.volumes import EmptyDir
from kmop_constructs.workloads.platform import Platform

if TYPE_CHECKING:
    from kmop_constructs.components.data.kafka.topic import TopicDrawn
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.env import SecretKey
    from kmop_constructs.values.image import Image
    from kmop_constructs.values.pods import Peer
    from kmop_constructs.workloads.stateful import StatefulSpec

    from constructs import Construct

__all__ = ["NativeKafka", "NativeKafkaProvider"]

GUESS = Resources(cpu=Cpu("250m"), memory=Size("2Gi"))
"""Half of the memory limit is for the heap. The default heap of Kafka is 1 GiB (bin/kafka-server-start.sh)."""

DATA = "/var/lib/kafka/data"
ROOM = "/etc/kafka/native"
SECRETS = "/run/secrets/kafka"
LOGS = "/var/log/kafka"
INTERNAL_PORT, CONTROLLER_PORT = 9091, 9093

_LOGIN = "org.apache.kafka.common.security"
_START = f"""\
set -eu
if [ ! -f {DATA}/meta.properties ]; then
  /opt/kafka/bin/kafka-storage.sh format --config {ROOM}/server.properties \\
    --cluster-id "$(/opt/kafka/bin/kafka-storage.sh random-uuid)" \\
    --add-scram "SCRAM-SHA-512=[name={ADMINISTRATOR},password=$(cat {SECRETS}/password)]"
fi
exec /opt/kafka/bin/kafka-server-start.sh {ROOM}/server.properties
"""
_LOGGING = """\
Configuration:
  Appenders:
    Console:
      name: STDOUT
      PatternLayout:
        pattern: "[%d] %p %m (%c)%n"
  Loggers:
    Root:
      level: INFO
      AppenderRef:
        - ref: STDOUT
"""
"""Logs to the console. By default they go to files too, without a limit (config/log4j2.yaml)."""

_OURS = (
    "advertised.",
    "allow.everyone.if.no.acl.found",
    "authorizer.",
    "auto.create.topics.enable",
    "broker.id",
    "config.providers",
    "controller.listener.names",
    "controller.quorum.bootstrap.servers",
    "controller.quorum.voters",
    "inter.broker.",
    "listener.",
    "listeners",
    "log.dir",
    "metadata.log.dir",
    "node.id",
    "process.roles",
    "sasl.",
    "security.inter.broker.protocol",
    "ssl.",
    "super.users",
)
"""Beginnings of properties that this module sets, and of those that undo them."""


class NativeKafka(NativeData):
    """A Kafka of one node. Its callers are those of its topics, and a `KafkaSetup` makes topics, users and rights.

    One node has no fail-over: every drain is an outage, which the notice ``single-replica`` reports. Strimzi runs clusters.
    """

    technology = KAFKA

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: Image,
        storage: Size | None,
        admin_password: SecretKey,
        storage_class: str | None = None,
        resources: Resources | None = None,
        settings: Mapping[str, str] | None = None,
        options: NativeDataOptions | None = None,
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
        accepts: Sequence[Peer] = (),
    ) -> None:
        """Draw the node.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the store unless `options` set another. Do not change it later: the objects
                would be replaced.
            image: The official image, 4.0 or newer: ``Image("apache/kafka:4.3.1")``.
            storage: Size of the claim. An existing claim can only grow. ``None`` for records that are deleted with the pod.
            admin_password: The password of the user ``admin``, which is created when the volume is empty. Letters, digits, ``-``,
                ``.``, ``_`` and ``~``.
            storage_class: Name of the StorageClass. Immutable. Default: the default StorageClass of the cluster.
            resources: Requests and limits. Default: an estimate, with a notice.
            settings: Properties of the node, which override those of this class: ``{"log.segment.bytes": "134217728"}``.
                Default: none.
            options: Options of native pods. Default: `NativeDataOptions()`.
            platform: The platform that draws it. Default: the chart's platform, else `Platform()`.
            uses: Edges to what the store itself uses. Default: none.
            accepts: Callers that another repository builds. Default: none, only callers of this app.
        """
        where, wanted = check_arguments(
            scope,
            id,
            technology=KAFKA,
            image=image,
            storage=storage,
            storage_class=storage_class,
            resources=resources,
            guess=GUESS,
            options=options,
            reads_files=True,
        )
        held = own_password(where, "admin_password", admin_password)
        if wanted.options.passwords == "variables":
            what = "its properties read the password from a file"
            raise bad(f"{where}: options.passwords", what, "variables", "leave it out")
        properties = {**_properties(wanted), **_checked(where, settings)}
        text = "".join(f"{name}={value}\n" for name, value in properties.items())
        pod = PodOfImage(
            ids=Ids(user=1000, group=1000),
            ports=[Port.tcp(KAFKA.port, name="kafka")],
            data=DATA,
            folder="kafka",
            scratch={LOGS: EmptyDir("logs")},
            env={
                # Without this, a log of the garbage collector grows to 1 GB (bin/kafka-run-class.sh, -loggc).
                "EXTRA_ARGS": "-name kafkaServer",
                "KAFKA_HEAP_OPTS": "-XX:InitialRAMPercentage=25 -XX:MaxRAMPercentage=50",
                "KAFKA_LOG4J_OPTS": f"-Dlog4j2.configurationFile={ROOM}/log4j2.yaml",
                "LOG_DIR": LOGS,
            },
            files={
                f"{ROOM}/server.properties": Text(text),
                f"{ROOM}/log4j2.yaml": Text(_LOGGING),
                f"{SECRETS}/password": replace(held, mode=0o440),
            },
        )
        spec = replace(wanted.spec(pod), command=("sh", "-c", _START))
        super().__init__(
            scope,
            id,
            spec,
            database=None,
            credentials=None,
            guessed=resources is None,
            platform=platform,
            uses=uses,
            accepts=accepts,
        )

    def _needs(self, spec: StatefulSpec) -> tuple[tuple[int, ...], str] | None:
        # https://kafka.apache.org/documentation/#upgrade_servers_400: logging by Log4j 2, and no ZooKeeper
        del spec
        return (4, 0), "its logging is that of Log4j 2"


def _checked(where: str, settings: Mapping[str, str] | None) -> dict[str, str]:
    """Return the checked properties of the caller."""
    found = settings_of(where, settings)
    for name, value in found.items():
        if name.startswith(_OURS):
            raise bad(f"{where}: settings", "set by the library from other fields", name, "remove it")
        if "\n" in value or "${" in value:
            what = "has a line break or a reference in it"
            raise bad(f"{where}: settings[{name!r}]", what, value, "write the value itself")
    return found


def _properties(wanted: StoreArguments) -> dict[str, str]:
    """Return the properties of the node.

    Clients log in with SCRAM. The node itself uses two listeners of the loopback address, with a password as well, because the
    containers of a pod share it. Controllers do not support SCRAM
    (https://cwiki.apache.org/confluence/display/KAFKA/KIP-900%3A+KRaft+kafka-storage.sh+API+additions+to+support+SCRAM+for+Kafka+Brokers).
    """
    suffix = "" if wanted.namespace is None else f".{wanted.namespace}.svc"
    service = wanted.options.service.name or wanted.name
    password = f"${{dir:{SECRETS}:password}}"
    plain = (
        f'{_LOGIN}.plain.PlainLoginModule required username="{ADMINISTRATOR}" password="{password}" '
        f'user_{ADMINISTRATOR}="{password}";'
    )
    own = f"127.0.0.1:{INTERNAL_PORT}"
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{CONTROLLER_PORT}",
        "listeners": f"CLIENT://:{KAFKA.port},INTERNAL://{own},CONTROLLER://127.0.0.1:{CONTROLLER_PORT}",
        "advertised.listeners": f"CLIENT://{service}{suffix}:{KAFKA.port},INTERNAL://{own}",
        "listener.security.protocol.map": ",".join(
            f"{each}:SASL_PLAINTEXT" for each in ("CLIENT", "INTERNAL", "CONTROLLER")
        ),
        "inter.broker.listener.name": "INTERNAL",
        "controller.listener.names": "CONTROLLER",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "config.providers": "dir",
        "config.providers.dir.class": "org.apache.kafka.common.config.provider.DirectoryConfigProvider",
        "listener.name.client.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.client.scram-sha-512.sasl.jaas.config": f"{_LOGIN}.scram.ScramLoginModule required;",
        "listener.name.internal.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.internal.plain.sasl.jaas.config": plain,
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": plain,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMINISTRATOR}",
        "allow.everyone.if.no.acl.found": "false",
        "auto.create.topics.enable": "false",
        "log.dirs": DATA,
        "default.replication.factor": "1",
        "min.insync.replicas": "1",
        "offsets.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeKafkaProvider(NativeStoreProvider):
    """Draws `Kafka` as `NativeKafka`: one node, and a Job for its topics, users and rights. Default provider of a platform.

    ``Platform(kafka=NativeKafkaProvider(provision=Provision(storage=Size.gib(20))))``
    """

    technology = KAFKA
    job = "kafka"
    repository = "apache/kafka"

    def names(self, subject: Subject, spec: KafkaSpec, /) -> KafkaNames:
        """Return the names that callers will use."""
        primary = self.store_names(subject, database=None, credentials=spec.credentials).primary
        without = "native pods make no logins"
        return KafkaNames(
            primary=primary,
            brokers=1,
            logins=GivenLogins(store=primary, without=without, reader=subject),
        )

    def topic(self, scope: Construct, id: str, /, *, subject: Subject, kafka: Subject, intent: TopicDrawn) -> None:
        """Draw nothing: `KafkaSetup` makes all topics of a Kafka."""
        del scope, id, subject, kafka, intent

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: KafkaSpec, accepts: tuple[Peer, ...]
    ) -> NativeKafka:
        """Draw the store. The platform calls this."""
        if intent.admin_password is None:
            raise SpecError(
                f"{subject.path}: admin_password: not set, and native pods make no login; set admin_password=SecretKey(…)"
            )
        provision, notices = self.provisioned(subject, intent)
        in_pods = self.in_pods(subject, intent, provision, accepts)
        store = NativeKafka(
            scope,
            id,
            **in_pods,
            storage=self.storage(subject, provision),
            admin_password=intent.admin_password,
            settings=intent.settings,
        )
        setup = setup_spec(in_pods["image"], intent.admin_password, self.options)
        KafkaSetup(
            scope, f"{id}-setup", setup, platform=Platform.of(subject.cluster), uses=[store.tcp(env="BOOTSTRAP")]
        )
        return self.told(store, notices, provision)
