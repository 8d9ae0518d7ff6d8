"""Names, labels and ports of what the operators make of a RabbitMQ.

Services, StatefulSet and Secrets: https://github.com/rabbitmq/cluster-operator/tree/v2.22.3/internal/resource; labels:
https://github.com/rabbitmq/cluster-operator/blob/v2.22.3/internal/metadata/label.go; the Secret of a user:
https://github.com/rabbitmq/messaging-topology-operator/blob/v1.20.1/internal/controller/user_controller.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.errors import bad
from kmop_constructs.values.env import SecretKey

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject

__all__ = [
    "ALLOWED",
    "API",
    "CLUSTER_OPERATOR",
    "DEFAULT_USER_KEYS",
    "NODE_PORTS",
    "PLACE",
    "TOPOLOGY_OPERATOR",
    "USER_KEYS",
    "check_name",
    "default_user_of",
    "login_of_user",
    "management_port",
    "node_labels",
    "nodes_of",
    "port_of",
]

API = "rabbitmq.com/v1beta1"

ALLOWED = "rabbitmq.com/topology-allowed-namespaces"
"""Annotation of a RabbitmqCluster: other namespaces whose users and queues the topology operator makes in it
(https://www.rabbitmq.com/kubernetes/operator/using-topology-operator)."""

CLUSTER_OPERATOR = {"app.kubernetes.io/name": "rabbitmq-cluster-operator"}
TOPOLOGY_OPERATOR = {"app.kubernetes.io/name": "messaging-topology-operator"}
"""Labels of the pods of both (https://github.com/rabbitmq/cluster-operator/blob/v2.22.3/config/manager/manager.yaml,
https://github.com/rabbitmq/messaging-topology-operator/blob/v1.20.1/config/manager/manager.yaml)."""

PLACE = "rabbitmq-system"
"""Namespace of both in their manifests, unless the platform names another."""

NODE_PORTS = (4369, 25672, *range(35672, 35683))
"""Ports of nodes and of their command line tools among themselves (https://www.rabbitmq.com/docs/networking#ports)."""

USER_KEYS = ("password", "username")
DEFAULT_USER_KEYS = (
    "connection_string",
    "default_user.conf",
    "host",
    "password",
    "port",
    "provider",
    "type",
    "username",
)

_LONGEST = 45
"""A StatefulSet has at most 52 characters, because its pods have a label with a hash behind its name
(https://github.com/kubernetes/kubernetes/issues/64023). The operator adds ``-server``."""


def check_name(subject: Subject) -> str:
    """Return the name of the RabbitMQ."""
    if len(subject.name) > _LONGEST:
        what = "too long for the StatefulSet of the operator"
        raise bad(f"{subject.path}: name", what, subject.name, f"use at most {_LONGEST} characters")
    return subject.name


def node_labels(name: str) -> dict[str, str]:
    """Return the labels of all nodes."""
    return {
        "app.kubernetes.io/component": "rabbitmq",
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/part-of": "rabbitmq",
    }


def nodes_of(name: str) -> str:
    """Return the name of the headless Service of the nodes."""
    return f"{name}-nodes"


def port_of(*, tls: bool) -> int:
    """Return the port of clients."""
    return 5671 if tls else 5672


def management_port(*, tls: bool) -> int:
    """Return the port of the HTTP API, by which both operators act."""
    return 15671 if tls else 15672


def default_user_of(name: str) -> Credentials:
    """Return the login of the first user, which has all rights."""
    secret = f"{name}-default-user"
    return Credentials(user=SecretKey(secret, "username"), password=SecretKey(secret, "password"))


def login_of_user(user: str) -> Credentials:
    """Return the login that the topology operator makes of a User, whose name is random."""
    secret = f"{user}-user-credentials"
    return Credentials(user=SecretKey(secret, "username"), password=SecretKey(secret, "password"))
