"""External Secrets: how the library loads and names it."""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.external_secrets"
_GENERATORS = "generators.external-secrets.io"

TOOL = Tool(
    "external-secrets",
    title="External Secrets",
    release="2.9",
    # https://github.com/external-secrets/external-secrets/blob/v2.9.0/deploy/charts/external-secrets/Chart.yaml: kubeVersion.
    kubernetes="1.19",
    kinds=(
        Kind("external-secrets.io", "ClusterSecretStore", cluster_scoped=True),
        Kind("external-secrets.io", "ExternalSecret"),
        Kind("external-secrets.io", "PushSecret"),
        Kind("external-secrets.io", "SecretStore"),
        Kind(_GENERATORS, "Password"),
        Kind(_GENERATORS, "VaultDynamicSecret"),
    ),
    provides={"secrets": (f"{_ROOM}.provider:ExternalSecrets",)},
    exports=(
        f"{_ROOM}.clouds:AwsParameterStore",
        f"{_ROOM}.clouds:AwsSecretsManager",
        f"{_ROOM}.clouds:AzureKeyVault",
        f"{_ROOM}.clouds:GoogleSecretManager",
        f"{_ROOM}.push:PushSecret",
        f"{_ROOM}.store:ClusterSecretStore",
        f"{_ROOM}.store:SecretStore",
        f"{_ROOM}.values:FakeStore",
        f"{_ROOM}.values:VaultStore",
    ),
)
"""The tool."""
