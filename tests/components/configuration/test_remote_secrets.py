"""Secrets from a store: keys, edges, placeholders, and what each provider refuses."""

from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from kmop_constructs import (
    CheckError,
    Generated,
    Image,
    InlineSecret,
    KmopChart,
    Leased,
    Microservice,
    NativeSecret,
    Platform,
    RemoteKey,
    RemoteSecrets,
    ServiceSpec,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.authors import Can, MakesSecret, RemoteSecretsSpec, SecretsSupport, Subject, admit_secrets
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App
from constructs import Construct

WEB = ServiceSpec(image=Image("acme/web:1"), port=8080)
STRIPE = {"STRIPE_KEY": RemoteKey("kv/orders", "stripe")}


class Store(Placed, Construct):
    """A provider of secrets of somebody else: an operator that makes every key."""

    SUPPORTS: ClassVar[SecretsSupport] = dict.fromkeys(
        (
            "remote",
            "whole_value",
            "version",
            "generated",
            "leased",
            "copy",
            "refresh",
            "once",
            "keep",
            "delete",
            "type",
        ),
        Can("a field of its resource", "https://example.com"),
    )

    def __init__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: RemoteSecretsSpec, rolls: bool = False
    ) -> None:
        admit_secrets(subject, type(self).__name__, self.SUPPORTS, intent)
        self._place = place_of(scope).child(id)
        lease = next((each.lifetime for each in intent.leased.values()), None)
        self.gives = (
            MakesSecret(
                name=subject.name,
                scope=subject.scope,
                keys=tuple(intent.keys),
                rotates=intent.rotates,
                rolls=rolls,
                refresh=intent.refresh,
                lifetime=lease,
            ),
        )
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))


class Reload:
    """A tool that replaces pods."""

    def annotations(self, config_maps: Any, secrets: Any) -> dict[str, str]:
        return {"acme.io/reload": ",".join((*config_maps, *secrets))}


def _chart(app: App, name: str = "shop", **platform: Any) -> KmopChart:
    made: dict[str, Any] = {"secrets": Store, **platform}
    return KmopChart(app, name, namespace=name, platform=Platform(**made))


def _rules(chart: KmopChart) -> list[str]:
    return [notice.rule for notice in synthesize(chart).notices]


def test_a_key_is_a_variable_of_its_reader(app: App) -> None:
    chart = _chart(app)
    keys = RemoteSecrets(chart, "stripe", keys=STRIPE)
    Microservice(chart, "web", WEB, uses=[keys.as_env("STRIPE_KEY"), keys.file("STRIPE_KEY", at="/etc/stripe/key")])

    container = synthesize(chart).one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    variables = {each["name"]: each for each in container["env"]}
    assert variables["STRIPE_KEY"]["valueFrom"] == {"secretKeyRef": {"name": "stripe", "key": "STRIPE_KEY"}}
    assert any(each["mountPath"] == "/etc/stripe/key" for each in container["volumeMounts"])


def test_an_unknown_key_is_refused(app: App) -> None:
    keys = RemoteSecrets(_chart(app), "stripe", keys=STRIPE)
    with pytest.raises(SpecError, match=r"stripe: unknown key.*use one of \['STRIPE_KEY'\]"):
        keys.as_env("STRIPE")


def test_placeholders_are_filled_from_the_platform(app: App) -> None:
    chart = _chart(app, environment="staging", region="eu-1")
    path = "kv/{environment}/{region}/{namespace}/orders"
    keys = RemoteSecrets(chart, "stripe", keys={"KEY": RemoteKey(path, "stripe")})
    assert keys.spec.remote["KEY"].path == "kv/staging/eu-1/shop/orders"


def test_a_placeholder_without_value_is_refused(app: App) -> None:
    with pytest.raises(
        SpecError, match=r"shop/stripe: keys\['KEY'\]: \{environment\} is not known.*Platform\(environment=…\)"
    ):
        RemoteSecrets(_chart(app), "stripe", keys={"KEY": RemoteKey("kv/{environment}/orders", "stripe")})


def test_an_unknown_placeholder_is_refused(app: App) -> None:
    with pytest.raises(SpecError, match=r"RemoteKey.path: \{stage\} is not a field of the pattern"):
        RemoteSecrets(_chart(app), "stripe", keys={"KEY": RemoteKey("kv/{stage}/orders", "stripe")})


def test_a_typed_value_is_refused_and_not_shown(app: App) -> None:
    wrong: Any = {"KEY": "sk_live_hunter2"}
    with pytest.raises(SpecError, match=r"keys\['KEY'\]: not an allowed value, got text that is not shown") as error:
        RemoteSecrets(_chart(app), "stripe", keys=wrong)
    assert "hunter2" not in str(error.value)


def test_plain_kubernetes_lists_what_must_exist(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    keys = RemoteSecrets(chart, "stripe", keys=STRIPE)
    Microservice(chart, "web", WEB, uses=[keys.as_env("STRIPE_KEY")])
    (notice,) = [each for each in synthesize(chart).notices if each.rule == "secret-by-hand"]
    assert "the Secret 'stripe' must be created outside of the app" in notice.message
    assert "STRIPE_KEY from kv/orders (stripe)" in notice.message


@pytest.mark.parametrize(
    ("source", "title"),
    [
        (Generated(), "generate a password"),
        (Leased("database/creds/orders", "password", lifetime=timedelta(hours=2)), "get a login for a limited time"),
    ],
)
def test_plain_kubernetes_refuses_what_it_cannot_make(chart: KmopChart, source: Any, title: str) -> None:
    with pytest.raises(UnsupportedError, match=f"shop/db: NativeSecrets cannot {title}, because"):
        RemoteSecrets(chart, "db", keys={"password": source})


def test_a_changing_secret_without_reload_is_a_notice(app: App) -> None:
    chart = _chart(app)
    keys = RemoteSecrets(chart, "stripe", keys=STRIPE)
    Microservice(chart, "web", WEB, uses=[keys.as_env("STRIPE_KEY")])
    (notice,) = [each for each in synthesize(chart).notices if each.rule == "secret-rotation"]
    assert "a variable or a file with a subPath never changes" in notice.message


def test_a_directory_of_a_changing_secret_changes(app: App) -> None:
    chart = _chart(app)
    keys = RemoteSecrets(chart, "stripe", keys=STRIPE)
    Microservice(chart, "web", WEB, uses=[keys.directory("/etc/stripe")])
    (notice,) = [each for each in synthesize(chart).notices if each.rule == "secret-rotation"]
    assert "its files change in place within about a minute" in notice.message


@pytest.mark.parametrize("refresh", [None, timedelta(hours=1)])
def test_a_reload_tool_rolls_only_readers(app: App, refresh: timedelta | None) -> None:
    chart = _chart(app, reload=Reload())
    keys = RemoteSecrets(chart, "stripe", keys=STRIPE, refresh=refresh)
    Microservice(chart, "web", WEB, uses=[keys.as_env("STRIPE_KEY")])
    Microservice(chart, "other", WEB)
    found = synthesize(chart)
    annotations = {each["metadata"]["name"]: each["metadata"].get("annotations") for each in found.pick("Deployment")}
    assert annotations == {"web": {"acme.io/reload": "stripe"} if refresh else None, "other": None}
    assert "secret-rotation" not in [notice.rule for notice in found.notices]


def test_an_operator_that_rolls_needs_no_reload_tool(app: App) -> None:
    chart = _chart(app, secrets=partial(Store, rolls=True))
    keys = RemoteSecrets(chart, "stripe", keys=STRIPE)
    Microservice(chart, "web", WEB, uses=[keys.as_env("STRIPE_KEY")])
    assert "secret-rotation" not in _rules(chart)


def test_own_configuration_is_not_reloaded_twice(app: App) -> None:
    """Its checksum replaces the pods already."""
    chart = _chart(app, reload=Reload())
    token = NativeSecret(chart, "token", values={"T": InlineSecret("x")})
    Microservice(chart, "web", WEB, uses=[token.as_env("T")])
    with pytest.raises(CheckError, match=r"values in the output.*\[secret-inline\]"):
        synthesize(chart)


@pytest.mark.parametrize(("minutes", "fails"), [(61, False), (60, True)])
def test_a_lease_must_outlive_refresh_and_shutdown(app: App, minutes: int, fails: bool) -> None:
    chart = _chart(app, reload=Reload())
    lease = Leased("database/creds/orders", "password", lifetime=timedelta(minutes=minutes))
    login = RemoteSecrets(chart, "db", keys={"password": lease}, refresh=timedelta(hours=1))
    Microservice(chart, "web", WEB, uses=[login.as_env(DB_PASSWORD="password")])
    if fails:
        with pytest.raises(
            CheckError, match=r"the login of the Secret 'db', which ends after 1:00:00.*\[lease-too-short\]"
        ):
            synthesize(chart)
    else:
        synthesize(chart)


def test_a_copy_reads_the_store_again(app: App) -> None:
    keys = RemoteSecrets(_chart(app), "stripe", keys=STRIPE)
    copy = keys.copied_to(_chart(app, "billing"))
    assert (copy.subject.namespace, copy.name, copy.spec.copy_of) == ("billing", "stripe", None)


def test_a_copy_of_a_generated_value_names_its_origin(app: App) -> None:
    keys = RemoteSecrets(_chart(app), "db", keys={"password": Generated()})
    copy = keys.copied_to(_chart(app, "billing"), "shop-db")
    assert copy.spec.copy_of is not None
    assert (copy.spec.copy_of.name, copy.spec.copy_of.namespace) == ("db", "shop")


def test_a_copy_needs_another_namespace(app: App) -> None:
    chart = _chart(app)
    keys = RemoteSecrets(chart, "stripe", keys=STRIPE)
    with pytest.raises(SpecError, match="copied_to: the two charts need different namespaces, got 'shop' and 'shop'"):
        keys.copied_to(chart)


def test_two_owners_of_one_secret_are_found(app: App) -> None:
    one, other = _chart(app), KmopChart(app, "more", namespace="shop", platform=Platform(secrets=Store))
    for chart in (one, other):
        RemoteSecrets(chart, "stripe", keys=STRIPE)
    with pytest.raises(
        CheckError, match=r"makes the Secret 'stripe', which more/stripe/secret makes too.*\[secret-owner\]"
    ):
        app.synth()


def test_leased_keys_are_of_one_login(app: App) -> None:
    keys = {
        "user": Leased("database/creds/a", "username", lifetime=timedelta(hours=2)),
        "password": Leased("database/creds/b", "password", lifetime=timedelta(hours=2)),
    }
    with pytest.raises(SpecError, match="leased keys of different logins"):
        RemoteSecrets(_chart(app), "db", keys=keys)


def test_a_class_is_no_reload_provider() -> None:
    wrong: Any = Reload
    with pytest.raises(SpecError, match=r"Platform.reload: not a provider of reloads, got 'Reload'"):
        Platform(reload=wrong)
