"""The credentials of Camunda 8 on a cluster with External Secrets: made there, or read from Vault, and typed nowhere."""

from dataclasses import replace
from functools import partial

from apps.camunda.cluster import PLATFORM
from apps.camunda.service import CREDENTIALS
from kmop_constructs import Generated, KmopChart, RemoteKey, RemoteSecrets
from kmop_constructs.providers.external_secrets import ExternalSecrets, VaultStore
from kmop_constructs.providers.reloader import Reloader

WITH_VAULT = replace(
    PLATFORM,
    environment="production",
    secrets=partial(ExternalSecrets, store=VaultStore(server="https://vault.example.com:8200")),
    reload=Reloader(),
)
"""The same cluster, with External Secrets and Reloader."""

_MADE = (
    "identity-admin-client-token",
    "identity-connectors-client-token",
    "identity-keycloak-postgresql-admin-password",
    "identity-keycloak-postgresql-user-password",
    "identity-optimize-client-token",
    "identity-orchestration-client-token",
    "webmodeler-postgresql-admin-password",
    "webmodeler-postgresql-user-password",
)
"""What only services know. A database and Keycloak keep what they were started with, so these are made once."""

_TYPED = ("identity-firstuser-password", "identity-keycloak-admin-password")
"""What people log in with, from Vault."""

_PUSHER = ("pusher-app-key", "pusher-app-secret")
"""What the two halves of Web Modeler know of each other."""


def credentials(chart: KmopChart) -> tuple[RemoteSecrets, RemoteSecrets]:
    """Draw what makes the two Secrets that the services read."""
    path = "kv/{environment}/camunda"
    common = RemoteSecrets(
        chart,
        CREDENTIALS,
        keys={
            **{key: Generated() for key in _MADE},
            **{key: RemoteKey(path, key) for key in _TYPED},
        },
        refresh=None,
    )
    return common, RemoteSecrets(chart, "camunda-web-modeler", keys={key: Generated() for key in _PUSHER})
