"""Secrets by External Secrets: what goes together, least rights, and what is never in the output."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from kmop_constructs import (
    CheckError,
    ConfigKey,
    Generated,
    Image,
    InlineSecret,
    KmopChart,
    Leased,
    Microservice,
    Platform,
    RemoteKey,
    RemoteSecrets,
    SecretKey,
    ServiceSpec,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.providers.external_secrets import (
    AwsParameterStore,
    AwsSecretsManager,
    AzureKeyVault,
    ClusterSecretStore,
    ExternalSecrets,
    FakeStore,
    GoogleSecretManager,
    SecretStore,
    VaultStore,
)
from kmop_constructs.providers.reloader import Reloader
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

VAULT = VaultStore(server="https://vault.acme.io:8200")
STRIPE = {"STRIPE_KEY": RemoteKey("kv/{environment}/orders", "stripe")}
GUID = "5a02a20e-0000-4000-8000-0ad5b634c5d8"
AWS_ROLE = "arn:aws:iam::123456789012:role/{namespace}-{name}"
ACCOUNT = {"serviceAccountRef": {"name": "keys-secrets"}}
WEB = ServiceSpec(image=Image("acme/web:1"), port=8080)


def chart_of(app: App, store: Any = VAULT, name: str = "shop", **platform: Any) -> KmopChart:
    found = Platform(environment="production", secrets=partial(ExternalSecrets, store=store), **platform)
    return KmopChart(app, name, namespace=name, platform=found)


def one_of(app: App, store: Any, path: str = "orders") -> Synthesized:
    chart = chart_of(app, store)
    RemoteSecrets(chart, "keys", keys={"STRIPE_KEY": RemoteKey(path, "stripe")})
    found = synthesize(app)
    assert_valid(found.objects, "1.30")
    return found


def test_a_service_reads_keys_of_vault(app: App, snapshot: SnapshotAssertion) -> None:
    """Its account, store and ExternalSecret, and the annotation that replaces its pods."""
    chart = chart_of(app, reload=Reloader())
    keys = RemoteSecrets(chart, "keys", keys=STRIPE)
    Microservice(chart, "web", WEB, uses=[keys.as_env("STRIPE_KEY")])
    found = synthesize(chart)

    made = [each for each in found.objects if each["metadata"]["name"].startswith("keys")]
    assert [each["kind"] for each in made] == ["ExternalSecret", "SecretStore", "ServiceAccount"]
    assert found.one("Deployment")["metadata"]["annotations"] == {"secret.reloader.stakater.com/reload": "keys"}
    assert made == snapshot


def test_an_existing_store_is_named(app: App) -> None:
    found = one_of(app, "vault-prod")
    assert found.one("ExternalSecret")["spec"]["secretStoreRef"] == {"name": "vault-prod", "kind": "ClusterSecretStore"}
    assert [each["kind"] for each in found.objects] == ["ExternalSecret"]


def test_an_existing_store_of_the_namespace_is_named(app: App) -> None:
    platform = Platform(secrets=partial(ExternalSecrets, store="vault", kind="SecretStore"))
    RemoteSecrets(KmopChart(app, "shop", platform=platform), "keys", keys={"A": RemoteKey("a", "b")})
    assert synthesize(app).one("ExternalSecret")["spec"]["secretStoreRef"] == {"name": "vault", "kind": "SecretStore"}


def test_the_path_of_an_existing_store_is_unchanged(app: App) -> None:
    found = one_of(app, "vault-prod", "kv/data/any")
    assert found.one("ExternalSecret")["spec"]["data"][0]["remoteRef"] == {"key": "kv/data/any", "property": "stripe"}


@pytest.mark.parametrize(
    ("store", "provider", "annotations"),
    [
        (
            AwsSecretsManager(region="eu-west-1", role=AWS_ROLE),
            {"aws": {"service": "SecretsManager", "region": "eu-west-1", "auth": {"jwt": ACCOUNT}}},
            {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/shop-keys"},
        ),
        (
            AwsParameterStore(region="eu-west-1", role=AWS_ROLE),
            {"aws": {"service": "ParameterStore", "region": "eu-west-1", "auth": {"jwt": ACCOUNT}}},
            {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/shop-keys"},
        ),
        (
            GoogleSecretManager(project="acme", account="{name}@acme.iam.gserviceaccount.com"),
            {"gcpsm": {"projectID": "acme", "auth": {"workloadIdentity": ACCOUNT}}},
            {"iam.gke.io/gcp-service-account": "keys@acme.iam.gserviceaccount.com"},
        ),
        (
            GoogleSecretManager(project="acme"),
            {"gcpsm": {"projectID": "acme", "auth": {"workloadIdentity": ACCOUNT}}},
            None,
        ),
        (
            AzureKeyVault(url="https://acme.vault.azure.net", client=GUID, tenant=GUID),
            {"azurekv": {"authType": "WorkloadIdentity", "vaultUrl": "https://acme.vault.azure.net", **ACCOUNT}},
            {"azure.workload.identity/client-id": GUID, "azure.workload.identity/tenant-id": GUID},
        ),
    ],
    ids=lambda each: type(each).__name__ if hasattr(each, "provider") else "",
)
def test_a_cloud_is_read_as_an_account_of_the_secret(
    app: App, store: Any, provider: dict[str, Any], annotations: dict[str, str] | None
) -> None:
    found = one_of(app, store)
    assert found.one("SecretStore")["spec"]["provider"] == provider
    assert found.one("ServiceAccount")["metadata"].get("annotations") == annotations
    assert found.one("ServiceAccount")["automountServiceAccountToken"] is False


def test_a_fake_store_has_its_values_and_no_account(app: App) -> None:
    found = one_of(app, FakeStore({"orders": {"stripe": InlineSecret("of-the-test")}}))
    assert found.one("SecretStore")["spec"]["provider"] == {
        "fake": {"data": [{"key": "orders", "value": '{"stripe": "of-the-test"}'}]}
    }
    assert "ServiceAccount" not in [each["kind"] for each in found.objects]


def test_nothing_is_opened_for_the_readers(app: App) -> None:
    """The operator's pods talk to the store, not those of the service."""
    policies: list[Any] = []
    for edges in (False, True):
        chart = chart_of(App())
        keys = RemoteSecrets(chart, "keys", keys=STRIPE)
        Microservice(chart, "web", WEB, uses=[keys.as_env("STRIPE_KEY")] if edges else [])
        policies.append(synthesize(chart).pick("NetworkPolicy"))
    assert policies[0] == policies[1]


def test_generated_keys_and_refreshed_ones_are_refused(app: App) -> None:
    keys = {"password": Generated(), **STRIPE}
    with pytest.raises(UnsupportedError, match=r"shop/keys: .*every refresh generates new passwords; write one"):
        RemoteSecrets(chart_of(app), "keys", keys=keys)


def test_generated_keys_and_keys_read_once_go_together(app: App) -> None:
    RemoteSecrets(chart_of(app), "keys", keys={"password": Generated(), **STRIPE}, refresh=None)
    spec = synthesize(app).one("ExternalSecret")["spec"]
    assert (len(spec["data"]), len(spec["dataFrom"]), spec["target"]["immutable"]) == (1, 1, True)


def test_equal_passwords_share_a_generator(app: App) -> None:
    RemoteSecrets(chart_of(app), "keys", keys={"a": Generated(), "b": Generated(), "c": Generated(symbols=True)})
    found = synthesize(app)
    names = [each["metadata"]["name"] for each in found.pick("Password")]
    uses = [each["sourceRef"]["generatorRef"]["name"] for each in found.one("ExternalSecret")["spec"]["dataFrom"]]
    assert (names, uses) == (["keys-32", "keys-32-symbols"], ["keys-32", "keys-32", "keys-32-symbols"])


def test_a_login_and_a_stored_key_have_exact_keys(app: App) -> None:
    lease = Leased("database/creds/orders", "username", lifetime=timedelta(hours=3))
    RemoteSecrets(chart_of(app), "keys", keys={"DB_USER": lease, **STRIPE})
    spec = synthesize(app).one("ExternalSecret")["spec"]
    assert spec["target"]["template"]["data"] == {
        "DB_USER": "{{ .lease_username }}",
        "STRIPE_KEY": '{{ index . "STRIPE_KEY" }}',
    }
    assert spec["dataFrom"][0]["rewrite"] == [{"regexp": {"source": "^", "target": "lease_"}}]


def test_a_login_from_another_store_is_refused(app: App) -> None:
    lease = Leased("database/creds/orders", "username", lifetime=timedelta(hours=3))
    with pytest.raises(UnsupportedError, match=r"it needs store=VaultStore\(…\)"):
        RemoteSecrets(chart_of(app, "vault-prod"), "keys", keys={"user": lease})


def test_stored_keys_without_a_store_are_refused(app: App) -> None:
    platform = Platform(secrets=ExternalSecrets)
    with pytest.raises(SpecError, match=r"shop/keys: keys are read from a store, and none is set; write partial"):
        RemoteSecrets(KmopChart(app, "shop", platform=platform), "keys", keys={"A": RemoteKey("a", "b")})


def test_passwords_need_no_store(app: App) -> None:
    RemoteSecrets(KmopChart(app, "shop", platform=Platform(secrets=ExternalSecrets)), "db", keys={"a": Generated()})
    assert "secretStoreRef" not in synthesize(app).one("ExternalSecret")["spec"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("secret/orders", "not in the mount 'kv' of the store"),
        ("kv/data/orders", "a path of the API"),
        ("kv/orders/*", "not an exact path of Vault"),
        ("kv/+/orders", "not an exact path of Vault"),
        ("kv/../sys", "not an exact path of Vault"),
    ],
)
def test_a_path_that_a_policy_would_widen_is_refused(app: App, path: str, reason: str) -> None:
    with pytest.raises(SpecError, match=rf"shop/keys: keys\['A'\]: {reason}"):
        RemoteSecrets(chart_of(app), "keys", keys={"A": RemoteKey(path, "a")})


def test_a_role_of_vault_needs_a_namespace(app: App) -> None:
    platform = Platform(secrets=partial(ExternalSecrets, store=VAULT))
    with pytest.raises(SpecError, match=r"namespace.* is not known.*KmopChart\(…, namespace=…\)"):
        RemoteSecrets(KmopChart(app, "shop", platform=platform), "keys", keys={"A": RemoteKey("kv/a", "b")})


def test_one_role_for_two_accounts_is_found(app: App) -> None:
    chart = chart_of(app, VaultStore(server="https://vault.acme.io:8200", role="orders"))
    for name in ("one", "two"):
        RemoteSecrets(chart, name, keys=STRIPE)
    with pytest.raises(
        CheckError, match=r"shares the role of Vault 'orders' with shop/one.*account.*\[shared-object\]"
    ):
        app.synth()


@pytest.mark.parametrize(
    ("ca", "kind"), [(ConfigKey("vault-ca", "ca.crt"), "ConfigMap"), (SecretKey("vault-ca", "ca.crt"), "Secret")]
)
def test_the_authority_of_vault_is_a_reference(app: App, ca: Any, kind: str) -> None:
    found = one_of(app, VaultStore(server="https://vault.acme.io:8200", ca=ca, namespace="team"), "kv/orders")
    vault = found.one("SecretStore")["spec"]["provider"]["vault"]
    assert vault["caProvider"] == {"type": kind, "name": "vault-ca", "key": "ca.crt"}
    assert vault["namespace"] == "team"


def test_a_platform_team_draws_a_store(app: App) -> None:
    chart = KmopChart(app, "platform", namespace="secrets", platform=Platform(environment="production"))
    store = ClusterSecretStore(chart, "vault-prod", provider=VAULT, namespaces=["shop", "billing"])
    RemoteSecrets(chart_of(app, store), "keys", keys={"A": RemoteKey("kv/a", "b")})
    found = synthesize(app)
    assert_valid(found.objects, "1.30")
    drawn = found.one("ClusterSecretStore")
    login = drawn["spec"]["provider"]["vault"]["auth"]["kubernetes"]
    assert drawn["spec"]["conditions"] == [{"namespaces": ["billing", "shop"]}]
    assert login["serviceAccountRef"] == {"name": "vault-prod-secrets", "namespace": "secrets", "audiences": ["vault"]}
    assert "namespace" not in drawn["metadata"]
    assert found.one("ExternalSecret")["spec"]["secretStoreRef"] == {"name": "vault-prod", "kind": "ClusterSecretStore"}


def test_a_store_of_one_namespace_has_no_conditions(app: App) -> None:
    SecretStore(KmopChart(app, "shop", namespace="shop"), "vault", provider=VAULT)
    drawn = synthesize(app).one("SecretStore")
    assert set(drawn["spec"]) == {"provider"}
    reference = drawn["spec"]["provider"]["vault"]["auth"]["kubernetes"]["serviceAccountRef"]
    assert reference == {"name": "vault-secrets", "audiences": ["vault"]}


def test_a_store_for_every_namespace_is_refused(app: App) -> None:
    chart = KmopChart(app, "platform", namespace="secrets")
    with pytest.raises(SpecError, match="namespaces: empty, which would admit every namespace"):
        ClusterSecretStore(chart, "vault-prod", provider=VAULT, namespaces=[])


def test_a_copy_has_rights_on_exactly_one_secret(app: App, snapshot: SnapshotAssertion) -> None:
    password = RemoteSecrets(chart_of(app), "db", keys={"password": Generated()})
    password.copied_to(chart_of(app, name="billing"), "shop-db")
    found = synthesize(app)
    assert found.one("Role")["metadata"]["namespace"] == "shop"
    assert found.one("Role")["rules"] == [
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["db"], "verbs": ["get"]}
    ]
    assert [each for each in found.objects if each["metadata"]["name"] != "db"] == snapshot


@pytest.mark.parametrize(
    ("store", "hidden"),
    [
        (VaultStore, {"server": "hunter2-of-vault"}),
        (AzureKeyVault, {"url": "https://a.vault.azure.net", "client": "hunter2", "tenant": GUID}),
        (FakeStore, {"data": {"kv/a": {"b": "hunter2"}}}),
        (FakeStore, {"data": {"kv/a": "hunter2"}}),
    ],
)
def test_a_wrong_value_of_a_store_is_an_error(store: Any, hidden: dict[str, Any]) -> None:
    with pytest.raises(SpecError) as caught:
        store(hidden["data"]) if store is FakeStore else store(**hidden)
    if store is not VaultStore:
        assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("store", [7, ["vault"], object(), VaultStore])
def test_a_store_of_a_wrong_type_is_an_error(app: App, store: Any) -> None:
    with pytest.raises(SpecError, match=r"shop/keys: ExternalSecrets.store: not an allowed value"):
        RemoteSecrets(chart_of(app, store), "keys", keys={"A": RemoteKey("a", "b")})


def test_values_are_in_no_message_or_repr(app: App) -> None:
    store = FakeStore({"kv/a": {"b": InlineSecret("hunter2")}})
    assert "hunter2" not in repr(store)
    with pytest.raises(SpecError, match="a path that FakeStore does not have") as caught:
        RemoteSecrets(chart_of(app, store), "keys", keys={"A": RemoteKey("kv/c", "b")})
    assert "hunter2" not in str(caught.value)
