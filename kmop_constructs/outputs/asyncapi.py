"""Topics with their producers and consumers, as a document of AsyncAPI 3.0 (https://www.asyncapi.com/docs/reference/specification/v3.0.0)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kmop_constructs.components.data.kafka.outbox import OutboxDrawn, internal_topics, outbox_of
from kmop_constructs.components.data.kafka.rights import UsesTopic
from kmop_constructs.components.data.kafka.topic import TopicDrawn
from kmop_constructs.core.place import place_of
from kmop_constructs.values.names import text

if TYPE_CHECKING:
    from kmop_constructs.core.reading import Synthesis

    from constructs import IConstruct

__all__ = ["asyncapi_document"]

_BINDING = "0.5.0"
"""Version of the bindings of Kafka (https://github.com/asyncapi/bindings/tree/master/kafka)."""

_SECURITY = {"PLAIN": "plain", "SCRAM-SHA-256": "scramSha256", "SCRAM-SHA-512": "scramSha512"}
_POLICIES = {"compact", "delete"}
_NUMBERS = frozenset(("delete.retention.ms", "max.message.bytes", "retention.bytes", "retention.ms"))
"""Settings of a topic that the binding of a channel has."""


def asyncapi_document(construct: IConstruct, *, title: str, version: str) -> dict[str, Any]:
    """Return the document of all topics that the app of `construct` draws or uses, with sorted keys.

    A server is a Kafka, a channel a topic, an operation a producer (``send``) or a consumer (``receive``). A message has its key and no
    payload, which constructs do not know: add schemas to the file, or refer to it. Topics that an outbox keeps for itself are left out.
    ``json.dumps(asyncapi_document(app, title="shop", version="1.4.2"), indent=2)`` writes it. Names begin with that of the cluster if
    the app has several. Renders and checks the app, and writes no files.

    Args:
        construct: Any construct of the app.
        title: Title of the document.
        version: Version of what the document describes.

    Raises:
        CheckError: The app has errors.
        SpecError: Title or version is no text.
    """
    text("asyncapi_document: title", title)
    text("asyncapi_document: version", version)
    found: dict[str, dict[str, Any]] = {"servers": {}, "channels": {}, "operations": {}}
    with place_of(construct).model.synthesized() as synthesis:
        several = len(synthesis.clusters) > 1
        for cluster in synthesis.clusters:
            _Cluster(cluster, f"{cluster.identity}." if several and cluster.identity else "", found).add()
    document: dict[str, Any] = {"asyncapi": "3.0.0", "info": {"title": title, "version": version}}
    return document | {name: dict(sorted(items.items())) for name, items in found.items() if items}


class _Cluster:
    """The topics of one cluster."""

    def __init__(self, synthesis: Synthesis, prefix: str, found: dict[str, dict[str, Any]]) -> None:
        self._prefix = prefix
        self._found = found
        internal = internal_topics(synthesis)
        self._outboxes = {each.path for each in synthesis.facts(OutboxDrawn)}
        self._drawn = [each for each in synthesis.facts(TopicDrawn) if (each.kafka, each.spec.name) not in internal]
        self._used = [each for each in synthesis.facts(UsesTopic) if (each.kafka, each.use.topic) not in internal]

    def add(self) -> None:
        for topic in self._drawn:
            self._server(topic.kafka, topic.bootstrap, topic.mechanism, tls=topic.tls)
            self._channel(topic.kafka, topic.spec.name, topic)
        for used in self._used:
            self._server(used.kafka, used.bootstrap, used.mechanism, tls=used.tls)
            self._channel(used.kafka, used.use.topic, None)
        operations: dict[str, dict[str, Any]] = {}
        for used in self._used:
            self._operation(used, operations)
        self._found["operations"] |= operations

    def _server(self, kafka: str, bootstrap: str | None, mechanism: str | None, *, tls: bool) -> None:
        server: dict[str, Any] = {
            "host": bootstrap or _key(kafka),
            "protocol": "kafka-secure" if tls else "kafka",
            "bindings": {"kafka": {"bindingVersion": _BINDING}},
        }
        if mechanism is not None:
            server["security"] = [{"type": _SECURITY[mechanism]}]
        self._found["servers"].setdefault(self._named(kafka), server)

    def _channel(self, kafka: str, topic: str, drawn: TopicDrawn | None) -> None:
        binding: dict[str, Any] = {"topic": topic, "bindingVersion": _BINDING}
        message: dict[str, Any] = {"name": topic}
        if drawn is not None:
            settings = _settings(drawn)
            binding |= {"partitions": drawn.spec.partitions, "replicas": drawn.replicas, "topicConfiguration": settings}
            if drawn.spec.key is not None:
                key = {"type": "string", "description": drawn.spec.key}
                message["bindings"] = {"kafka": {"key": key, "bindingVersion": _BINDING}}
        channel = {
            "address": topic,
            "servers": [{"$ref": f"#/servers/{self._named(kafka)}"}],
            "messages": {"record": message},
            "bindings": {"kafka": binding},
        }
        self._found["channels"].setdefault(self._of(kafka, topic), channel)

    def _operation(self, used: UsesTopic, operations: dict[str, dict[str, Any]]) -> None:
        sends = used.use.operation == "produce"
        caller = outbox_of(used.caller, self._outboxes) or used.caller
        name = f"{self._prefix}{_key(caller)}.{'send' if sends else 'receive'}.{_key(used.use.topic)}"
        operation: dict[str, Any] = {
            "action": "send" if sends else "receive",
            "channel": {"$ref": f"#/channels/{self._of(used.kafka, used.use.topic)}"},
            "title": caller,
        }
        if used.use.group is not None:
            group = {"type": "string", "enum": [used.use.group]}
            operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": _BINDING}}
        while operations.setdefault(name, operation) != operation:
            name += "-2"

    def _named(self, kafka: str) -> str:
        return f"{self._prefix}{_key(kafka)}"

    def _of(self, kafka: str, topic: str) -> str:
        return f"{self._named(kafka)}.{_key(topic)}"


def _key(name: str) -> str:
    """Return a name for a key of the document: references to it need no escape."""
    return re.sub(r"[^A-Za-z0-9._-]+", ".", name).strip(".")


def _settings(topic: TopicDrawn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in topic.settings.items():
        if name == "cleanup.policy":
            found[name] = sorted({*value.split(",")} & _POLICIES)
        elif name in _NUMBERS:
            found[name] = int(value)
    return found
