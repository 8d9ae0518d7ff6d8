"""The KafkaConnect and the KafkaConnector of an outbox.

Connect reads its login of Kafka from a Secret of its namespace, and that of the database by the API server, with a provider of
configuration: ``KubernetesSecretConfigProvider``
(https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/documentation/modules/configuring/proc-loading-config-from-config-map.adoc).
No value of a Secret is in an object, nor in the topic with the configuration of connectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.kafka.debezium import BYTES, CONNECTOR, NO_SCHEMAS, TEXT, predicate, router, source
from kmop_constructs.components.data.kafka.strimzi import CLUSTER
from kmop_constructs.core.pod.containers import resources
from kmop_constructs.errors import SpecError, UnsupportedError
from kmop_constructs.providers.strimzi.cluster import API
from kmop_constructs.values.env import SecretKey

if TYPE_CHECKING:
    from kmop_constructs.components.data.kafka.outbox import OutboxSpec
    from kmop_constructs.components.data.kafka.rights import UsesTopic
    from kmop_constructs.core.subject import ServiceFacts, Subject
    from kmop_constructs.typings import k8s
    from kmop_constructs.typings import kafka_strimzi_io as strimzi
    from kmop_constructs.values.image import Image
    from kmop_constructs.values.resources import Resources

__all__ = ["ConnectWanted", "connect", "connector"]

_ROOM = "/mnt/database"
"""Strimzi mounts further volumes below ``/mnt`` only."""

_MECHANISMS: dict[str, Any] = {"PLAIN": "plain", "SCRAM-SHA-256": "scram-sha-256", "SCRAM-SHA-512": "scram-sha-512"}
_RESTRICTED: k8s.SecurityContext = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectWanted:
    """Everything that a Connect and its connector are drawn from."""

    subject: Subject
    facts: ServiceFacts
    """The pods of Connect."""
    spec: OutboxSpec
    image: Image
    version: str | None
    instances: int
    resources: Resources
    login: UsesTopic
    """How Connect logs in to Kafka."""
    servers: str
    """The servers that Connect asks first."""
    copies: int
    """Copies of the topics of Connect, if it made them itself. -1 for as many as the brokers say."""


def connect(wanted: ConnectWanted) -> strimzi.KafkaConnect:
    """Return the KafkaConnect, whose connectors are objects too."""
    name = wanted.subject.name
    spec: strimzi.KafkaConnectSpec = {
        "replicas": wanted.instances,
        "image": wanted.image.url_from(wanted.subject.cluster.registries),
        "bootstrapServers": wanted.servers,
        "groupId": f"{name}-connect",
        "configStorageTopic": f"{name}-configs",
        "offsetStorageTopic": f"{name}-offsets",
        "statusStorageTopic": f"{name}-status",
        "config": {
            "config.providers": "secrets",
            "config.providers.secrets.class": "io.strimzi.kafka.KubernetesSecretConfigProvider",
            "config.storage.replication.factor": wanted.copies,
            "header.converter": TEXT,
            "key.converter": TEXT,
            "offset.storage.partitions": 1,
            "offset.storage.replication.factor": wanted.copies,
            "status.storage.partitions": 1,
            "status.storage.replication.factor": wanted.copies,
            "topic.creation.enable": False,
            "value.converter": TEXT,
        },
        "resources": resources(wanted.resources),
        "template": _template(wanted),
    }
    if wanted.version is not None:
        spec["version"] = wanted.version
    _secure(wanted, spec)
    return {
        "apiVersion": API,
        "kind": "KafkaConnect",
        "metadata": {
            "name": name,
            "labels": dict(wanted.subject.labels),
            "annotations": {"strimzi.io/use-connector-resources": "true"},
        },
        "spec": spec,
    }


def _secure(wanted: ConnectWanted, spec: strimzi.KafkaConnectSpec) -> None:
    """Add TLS and the login, as far as the Kafka has them."""
    login, where = wanted.login, f"{wanted.subject.path}: to"
    if login.tls:
        spec["tls"] = {}
        if isinstance(login.authority, SecretKey):
            spec["tls"] = {
                "trustedCertificates": [{"secretName": login.authority.name, "certificate": login.authority.key}]
            }
        elif login.authority is not None:
            raise UnsupportedError(
                f"{where}: the authority of the brokers is in the ConfigMap {login.authority.name!r}, and KafkaConnect reads it from a "
                "Secret; name one: authority=SecretKey(…)"
            )
    if login.password is None:
        return
    if login.user is None:
        raise SpecError(
            f"{where}: credentials: the name of the user is not text, which KafkaConnect needs; write Credentials(user='…', …)"
        )
    spec["authentication"] = {
        "type": _MECHANISMS[str(login.mechanism)],
        "username": login.user,
        "passwordSecret": {"secretName": login.password.name, "password": login.password.key},
    }


def _template(wanted: ConnectWanted) -> strimzi.KafkaConnectTemplate:
    name = wanted.subject.name
    pod: strimzi.KafkaConnectTemplatePod = {
        "enableServiceLinks": False,
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {CLUSTER: name, "strimzi.io/kind": "KafkaConnect"}},
            }
        ],
    }
    container: strimzi.KafkaConnectTemplateBuildContainer = {"securityContext": _RESTRICTED}
    if wanted.subject.cluster.pull_secrets:
        pod["imagePullSecrets"] = [{"name": each} for each in wanted.subject.cluster.pull_secrets]
    authority = wanted.spec.source.store.authority
    if authority is not None:
        item: Any = {"key": authority.key, "path": "ca.crt"}
        held: Any = {"name": "database", "secret": {"secretName": authority.name, "items": [item]}}
        if not isinstance(authority, SecretKey):
            held = {"name": "database", "configMap": {"name": authority.name, "items": [item]}}
        pod["volumes"] = [held]
        container["volumeMounts"] = [{"name": "database", "mountPath": _ROOM, "readOnly": True}]
    return {"pod": pod, "connectContainer": container}


def connector(wanted: ConnectWanted) -> strimzi.KafkaConnector:
    """Return the KafkaConnector. The operator starts it again after a failure, with growing pauses and without an end."""
    name = wanted.spec.prefix
    return {
        "apiVersion": API,
        "kind": "KafkaConnector",
        "metadata": {"name": name, "labels": {**wanted.subject.labels, CLUSTER: wanted.subject.name}},
        "spec": {
            "class": CONNECTOR,
            "tasksMax": 1,
            "autoRestart": {"enabled": True},
            "config": dict(sorted(_config(wanted).items())),
        },
    }


def _config(wanted: ConnectWanted) -> dict[str, str]:
    spec, store = wanted.spec, wanted.spec.source.store
    assert store.credentials is not None
    password = store.credentials.password
    found = {
        **source(spec),
        "database.hostname": store.call.host_for(wanted.facts),
        "database.port": str(store.call.address.port),
        "database.dbname": spec.database,
        "database.user": spec.user,
        "database.password": f"${{secrets:{_namespace(wanted)}/{password.name}:{password.key}}}",
        "predicates": "outbox",
        **{f"predicates.outbox.{key}": value for key, value in predicate(spec).items()},
        "transforms": "outbox",
        **{f"transforms.outbox.{key}": value for key, value in router(spec).items()},
    }
    if store.tls:
        found["database.sslmode"] = "require" if store.authority is None else "verify-full"
    if store.authority is not None:
        found["database.sslrootcert"] = f"{_ROOM}/ca.crt"
    if spec.payload == "bytes":
        found["value.converter"] = BYTES
        found |= {f"value.converter.{key}": value for key, value in NO_SCHEMAS.items()}
    return found


def _namespace(wanted: ConnectWanted) -> str:
    """Return the namespace of the Secret, which the provider of configuration names."""
    namespace = wanted.subject.namespace
    if namespace is None:
        raise SpecError(
            f"{wanted.subject.path}: the chart sets no namespace, and Kafka Connect reads the login of the database by namespace and name; set "
            "it: KmopChart(…, namespace=…)"
        )
    return namespace
