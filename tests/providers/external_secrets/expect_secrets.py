"""What the documentation of External Secrets 2.9 says that each feature is.

Paths below https://external-secrets.io/latest/ are cited by their end.
"""

from functools import partial

from kmop_constructs.providers.external_secrets import ExternalSecrets, VaultStore
from tests.components.configuration.contract import Case, Drawn, Missing

KIND = "ExternalSecret"
DATA = "/spec/data"
GENERATORS = "generators.external-secrets.io/v1alpha1"


def one(**remote: str) -> list[Drawn | Missing]:
    """The one key, in the store whose mount is its ``path`` (provider/hashicorp-vault/)."""
    return [
        Drawn(KIND, DATA, [{"secretKey": "STRIPE_KEY", "remoteRef": {"key": "orders", **remote}}]),
        Drawn(KIND, "/spec/secretStoreRef", {"name": "keys", "kind": "SecretStore"}),
        Drawn("SecretStore", "/spec/provider/vault/path", "kv"),
        Drawn("SecretStore", "/spec/provider/vault/version", "v2"),
    ]


def generated(kind: str, name: str, source: str, target: str) -> dict[str, object]:
    """A value of a generator, with another name (guides/generator/, guides/datafrom-rewrite/)."""
    return {
        "sourceRef": {"generatorRef": {"apiVersion": GENERATORS, "kind": kind, "name": name}},
        "rewrite": [{"regexp": {"source": source, "target": target}}],
    }


CASE = Case(
    provider=ExternalSecrets,
    secrets=partial(ExternalSecrets, store=VaultStore(server="https://vault.acme.io:8200")),
    plain=partial(ExternalSecrets, store="vault-prod"),
    expected={
        # api/externalsecret/
        "remote": one(property="stripe"),
        # provider/hashicorp-vault/#fetching-raw-values
        "whole_value": one(),
        # api/spec/#external-secrets.io/v1.ExternalSecretDataRemoteRef
        "version": one(property="stripe", version="3"),
        # api/generator/password/, api/externalsecret/#createdonce: created once, never written again
        "generated": [
            Drawn("Password", "/spec", {"length": 40, "noUpper": False, "allowRepeat": True, "symbols": 0}),
            Drawn(KIND, "/spec/dataFrom", [generated("Password", "keys-40", "^password$", "password")]),
            Drawn(KIND, "/spec/refreshPolicy", "CreatedOnce"),
            Drawn(KIND, "/spec/target/creationPolicy", "Orphan"),
            Drawn(KIND, "/spec/target/immutable", True),
            Missing("SecretStore", ""),
        ],
        # api/generator/vault/, guides/templating/
        "leased": [
            Drawn("VaultDynamicSecret", "/spec/path", "database/creds/orders"),
            Drawn("VaultDynamicSecret", "/spec/provider/server", "https://vault.acme.io:8200"),
            Drawn("VaultDynamicSecret", "/spec/provider/auth/kubernetes/role", "shop-keys"),
            Drawn(KIND, "/spec/dataFrom", [generated("VaultDynamicSecret", "keys", "^", "lease_")]),
            Drawn(
                KIND,
                "/spec/target/template/data",
                {"password": "{{ .lease_password }}", "user": "{{ .lease_username }}"},
            ),
        ],
        # provider/kubernetes/
        "copy": [
            Drawn("SecretStore", "/spec/provider/kubernetes/remoteNamespace", "shop"),
            Drawn("SecretStore", "/spec/provider/kubernetes/auth", {"serviceAccount": {"name": "keys-copy"}}),
            Drawn(
                "Role",
                "/rules",
                [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["keys"], "verbs": ["get"]}],
            ),
            Drawn("RoleBinding", "/metadata/namespace", "shop"),
            Drawn(
                "RoleBinding", "/subjects", [{"kind": "ServiceAccount", "name": "keys-copy", "namespace": "billing"}]
            ),
            Drawn(KIND, "/spec/data/*/remoteRef", {"key": "keys", "property": "password"}),
        ],
        # guides/ownership-deletion-policy/
        "refresh": [Drawn(KIND, "/spec/refreshPolicy", "Periodic"), Drawn(KIND, "/spec/refreshInterval", "1h30m0s")],
        "once": [Drawn(KIND, "/spec/refreshPolicy", "CreatedOnce"), Missing(KIND, "/spec/refreshInterval")],
        "keep": [Drawn(KIND, "/spec/target/deletionPolicy", "Retain")],
        "delete": [Drawn(KIND, "/spec/target/deletionPolicy", "Delete")],
        # guides/common-k8s-secret-types/
        "labels": [
            Drawn(
                KIND,
                "/spec/target/template/metadata/labels",
                {"app.kubernetes.io/name": "keys", "app.kubernetes.io/instance": "keys", "example.com/reads": "true"},
            )
        ],
        "type": [Drawn(KIND, "/spec/target/template", {"type": "example.com/stripe"})],
    },
)
