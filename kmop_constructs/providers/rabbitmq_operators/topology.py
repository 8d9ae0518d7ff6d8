"""Exchanges, queues with their policy, and bindings, for the topology operator."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from kmop_constructs.components.data.rabbitmq.rights import pattern_of
from kmop_constructs.providers.rabbitmq_operators.names import API

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kmop_constructs.components.data.rabbitmq.topology import BindingDrawn, ExchangeDrawn, QueueDrawn
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import rabbitmq_com as rabbitmq

__all__ = ["binding", "exchange", "policy", "queue", "vhost"]


def _metadata(subject: Subject, broker: Subject, name: str | None = None) -> dict[str, Any]:
    """Return name and labels, in the namespace of the broker."""
    found: dict[str, Any] = {"name": name or subject.name, "labels": dict(subject.labels)}
    if broker.namespace is not None:
        found["namespace"] = broker.namespace
    return found


def vhost(broker: Subject, name: str) -> rabbitmq.Vhost:
    """Return the virtual host. It outlives its object."""
    return {
        "apiVersion": API,
        "kind": "Vhost",
        "metadata": {"name": broker.name, "labels": dict(broker.labels)},
        "spec": {
            "name": name,
            "defaultQueueType": "quorum",
            "deletionPolicy": "retain",
            "rabbitmqClusterReference": {"name": broker.name},
        },
    }


def exchange(subject: Subject, broker: Subject, intent: ExchangeDrawn, at: str) -> Mapping[str, Any]:
    """Return an exchange."""
    spec: rabbitmq.ExchangeSpec = {
        "name": intent.spec.name,
        "vhost": at,
        "type": intent.spec.kind,
        "durable": True,
        "autoDelete": False,
        "rabbitmqClusterReference": {"name": broker.name},
    }
    return {"apiVersion": API, "kind": "Exchange", "metadata": _metadata(subject, broker), "spec": spec}


def queue(subject: Subject, broker: Subject, intent: QueueDrawn, at: str, *, deletes: bool) -> Mapping[str, Any]:
    """Return a queue."""
    spec: rabbitmq.QueueSpec = {
        "name": intent.spec.name,
        "vhost": at,
        "type": intent.spec.kind,
        "durable": True,
        "autoDelete": False,
        "deletionPolicy": "delete" if deletes else "retain",
        "rabbitmqClusterReference": {"name": broker.name},
    }
    arguments = {name: value for name, value in intent.spec.arguments.items() if name != "x-queue-type"}
    if arguments:
        spec["arguments"] = arguments
    return {"apiVersion": API, "kind": "Queue", "metadata": _metadata(subject, broker), "spec": spec}


def policy(subject: Subject, broker: Subject, intent: QueueDrawn, at: str) -> Mapping[str, Any] | None:
    """Return the policy of a queue: what of it can change. ``None`` if there is nothing."""
    if not intent.spec.policy:
        return None
    spec: rabbitmq.PolicySpec = {
        "name": intent.spec.name,
        "vhost": at,
        "pattern": pattern_of((intent.spec.name,)),
        "applyTo": "queues",
        "definition": intent.spec.policy,
        "rabbitmqClusterReference": {"name": broker.name},
    }
    return {"apiVersion": API, "kind": "Policy", "metadata": _metadata(subject, broker), "spec": spec}


def binding(subject: Subject, broker: Subject, intent: BindingDrawn, at: str) -> Mapping[str, Any]:
    """Return a binding. Its name has a hash of what it is, because the operator refuses every change of one.

    https://github.com/rabbitmq/messaging-topology-operator/blob/v1.20.1/internal/webhook/v1beta1/binding_webhook.go.
    """
    spec: rabbitmq.BindingSpec = {
        "source": intent.spec.exchange,
        "destination": intent.spec.queue,
        "destinationType": "queue",
        "routingKey": intent.spec.key,
        "vhost": at,
        "rabbitmqClusterReference": {"name": broker.name},
    }
    if intent.spec.arguments:
        spec["arguments"] = dict(intent.spec.arguments)
    mark = hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:8]
    metadata = _metadata(subject, broker, f"{subject.name}-{mark}")
    return {"apiVersion": API, "kind": "Binding", "metadata": metadata, "spec": spec}
