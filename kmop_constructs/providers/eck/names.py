"""What ECK makes of an Elasticsearch, by name.

The Service ``<name>-es-http`` (https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s/accessing-services), the authority
``<name>-es-http-certs-public`` (https://www.elastic.co/docs/deploy-manage/security/k8s-https-settings), the superuser
``<name>-es-elastic-user`` (https://www.elastic.co/docs/deploy-manage/users-roles/cluster-or-deployment-auth/managed-credentials-eck),
and the labels of pods (pkg/controller/elasticsearch/label/label.go of ECK 3.5.0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.errors import bad
from kmop_constructs.values.env import SecretKey

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject

__all__ = [
    "AUTHORITY_KEYS",
    "CLUSTER",
    "HTTP_PORT",
    "NODES",
    "OPERATOR",
    "PLACE",
    "SUPERUSER",
    "TRANSPORT_PORT",
    "authority_of",
    "check_name",
    "rights_name",
    "service_of",
    "superuser_secret",
]

CLUSTER = "elasticsearch.k8s.elastic.co/cluster-name"
OPERATOR = {"control-plane": "elastic-operator"}
"""Labels of the operator's pods (deploy/eck-operator/templates/_helpers.tpl of ECK 3.5.0)."""

PLACE = "elastic-system"
"""Namespace in which the operator's own manifests install it."""

HTTP_PORT, TRANSPORT_PORT = 9200, 9300
NODES = "default"
"""Name of the only set of nodes: all nodes have all roles."""

SUPERUSER = "elastic"
AUTHORITY_KEYS = ("ca.crt", "tls.crt")
"""Keys of the Secret with the authority, which holds no private key."""

_LONGEST = 36
"""The longest name of an Elasticsearch (pkg/controller/common/name/name.go, MaxResourceNameLength)."""


def check_name(subject: Subject) -> str:
    """Return the name of the Elasticsearch."""
    if len(subject.name) > _LONGEST:
        rule = f"use at most {_LONGEST} characters, which ECK requires"
        raise bad(f"{subject.path}: name", "too long for an Elasticsearch", subject.name, rule)
    return subject.name


def service_of(name: str) -> str:
    """Return the name of the Service that callers use."""
    return f"{name}-es-http"


def authority_of(name: str) -> SecretKey:
    """Return the authority of the certificates that the nodes serve with."""
    return SecretKey(f"{name}-es-http-certs-public", "ca.crt")


def superuser_secret(name: str) -> str:
    """Return the name of the Secret of the superuser, with the key ``elastic``."""
    return f"{name}-es-elastic-user"


def rights_name(name: str) -> str:
    """Return the name of the Secret with the role of the application, and the name of its user."""
    return f"{name}-rights"
