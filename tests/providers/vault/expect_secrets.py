"""What the documentation of Vault Secrets Operator 1.4 says that each feature is.

Paths below https://developer.hashicorp.com/vault/docs/deploy/kubernetes/vso/ are cited by their end.
"""

from functools import partial

from kmop_constructs.providers.vault import VaultSecrets, VaultServer
from tests.components.configuration.contract import Case, Drawn, Missing

STATIC, DYNAMIC = "VaultStaticSecret", "VaultDynamicSecret"
DESTINATION = "/spec/destination"


def template(name: str) -> dict[str, str]:
    """A field of the secret, and an error if there is none (secret-transformation)."""
    return {
        "text": (
            f'{{{{ if not (hasKey .Secrets "{name}") }}}}{{{{ fail "the secret has no field {name}" }}}}{{{{ end }}}}'
            f'{{{{ $value := get .Secrets "{name}" }}}}{{{{ if kindIs "string" $value }}}}{{{{ $value }}}}'
            "{{ else }}{{ toJson $value }}{{ end }}"
        )
    }


CASE = Case(
    provider=VaultSecrets,
    secrets=partial(VaultSecrets, connection=VaultServer("https://vault.acme.io:8200")),
    expected={
        # sources/vault, api-reference#vaultstaticsecret
        "remote": [
            Drawn(STATIC, "/spec/mount", "kv"),
            Drawn(STATIC, "/spec/path", "orders"),
            Drawn(STATIC, "/spec/type", "kv-v2"),
            Drawn(STATIC, f"{DESTINATION}/transformation/excludeRaw", True),
            Drawn(STATIC, f"{DESTINATION}/transformation/excludes", [".*"]),
            Drawn(STATIC, f"{DESTINATION}/transformation/templates", {"STRIPE_KEY": template("stripe")}),
            Drawn("VaultConnection", "/spec/address", "https://vault.acme.io:8200"),
            Drawn("VaultAuth", "/spec/kubernetes/serviceAccount", "keys-vault"),
            Missing(DYNAMIC, ""),
        ],
        "version": [Drawn(STATIC, "/spec/version", 3)],
        # api-reference#vaultdynamicsecret
        "leased": [
            Drawn(DYNAMIC, "/spec/mount", "database"),
            Drawn(DYNAMIC, "/spec/path", "creds/orders"),
            Drawn(DYNAMIC, "/spec/renewalPercent", 67),
            Drawn(
                DYNAMIC,
                f"{DESTINATION}/transformation/templates",
                {"password": template("password"), "user": template("username")},
            ),
            Missing(STATIC, ""),
        ],
        "refresh": [Drawn(STATIC, "/spec/refreshAfter", "90m"), Drawn(STATIC, "/spec/hmacSecretData", True)],
        "keep": [Drawn(STATIC, f"{DESTINATION}/create", True)],
        "labels": [Drawn(STATIC, f"{DESTINATION}/labels", {"example.com/reads": "true"})],
        "type": [Drawn(STATIC, f"{DESTINATION}/type", "example.com/stripe")],
    },
)
