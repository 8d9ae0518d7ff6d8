"""Every field that takes a secret gets a marked value; what comes out holds neither the value nor anything derived from it.

The app is built twice, with other values of the same length. Whatever is not the Secret itself must be the same text.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from kmop_constructs import (
    CheckError,
    Credentials,
    Exposure,
    FileTemplate,
    Image,
    InlineSecret,
    KmopChart,
    KmopError,
    Manifest,
    Microservice,
    Mongo,
    MongoSpec,
    NativeSecret,
    Platform,
    Postgres,
    PostgresSpec,
    Projected,
    Provision,
    SecretDirectory,
    SecretEnv,
    SecretKey,
    ServiceSpec,
    Size,
    Task,
    TaskSpec,
    Tls,
)
from kmop_constructs.authors import Deferred
from kmop_constructs.exposure import ApiKey, BasicAuth, Oidc
from kmop_constructs.patch import Add, Remove, Replace
from kmop_constructs.patch import Test as PatchTest
from kmop_constructs.providers.envoy_gateway import EnvoyGateway
from kmop_constructs.providers.external_secrets import FakeStore, SecretStore
from kmop_constructs.providers.kong import KongGateway
from kmop_constructs.providers.native import NativePullSecret
from kmop_constructs.providers.traefik import TraefikGateway
from kmop_constructs.testing import synthesize
from kmop_constructs.testing.synthesized import masked
from tests.public_names import public_names

import cdk8s_plus_27 as kp
import pytest
import yaml
from cdk8s import ApiObject, ApiObjectMetadata, App, Chart, Include, JsonPatch

IMAGE = Image("acme/web:1.4", pull_secrets=("pull",))
WEB = ServiceSpec(image=IMAGE, port=8080)
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True)
class Marks:
    """The values of one build: two of them differ in the letter alone."""

    letter: str

    def __call__(self, name: str) -> str:
        value = f"Canary{self.letter}{name}"
        _USED.setdefault(self.letter, {})[name] = value
        return value


_USED: dict[str, dict[str, str]] = {}


def literal(name: str, **values: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": values}


def encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def secrets_of(chart: KmopChart, mark: Marks, folder: Path) -> None:
    """Secrets of every construct, ours and of others."""
    keys = ("username", "password", "client-secret", "cookie-secret")
    NativeSecret(chart, "ours", values={key: InlineSecret(mark(key)) for key in keys})
    NativePullSecret(chart, "pull", registry="ghcr.io", username="me", password=InlineSecret(mark("registry")))
    SecretStore(chart, "fake", provider=FakeStore({"kv/a": {"b": InlineSecret(mark("fake"))}}))
    Manifest(chart, "text", literal("text", password=mark("text")))
    data = {**literal("data"), "data": {"password": encoded(mark("data"))}}
    Manifest(chart, "data", {**data, "metadata": {"name": "data", "annotations": {LAST_APPLIED: mark("applied")}}})
    Manifest(chart, "patched", literal("patched", a="x")).patch(Replace("/stringData/a", mark("patched")))
    drawn = literal("drawn", password=mark("drawn"))
    Manifest(chart, "drawn", Deferred(api_version="v1", kind="Secret", name="drawn", draw=lambda _: drawn))
    for kind in ("List", "SecretList"):
        held = {"apiVersion": "v1", "kind": kind, "metadata": {"name": kind.lower()}}
        Manifest(chart, kind, {**held, "items": [literal(f"in-{kind.lower()}", password=mark(kind))]})
    kp.Secret(chart, "l2", metadata=ApiObjectMetadata(name="l2"), string_data={"password": mark("l2")})
    l1 = ApiObject(chart, "l1", api_version="v1", kind="Secret", metadata=ApiObjectMetadata(name="l1"))
    l1.add_json_patch(JsonPatch.add("/stringData", {"password": mark("l1")}))
    (folder / "included.yaml").write_text(yaml.safe_dump(literal("included", password=mark("included"))))
    Include(chart, "include", url=str(folder / "included.yaml"))


NAMES = ("ours", "text", "data", "patched", "drawn", "l2", "l1", "included")


def readers_of(chart: KmopChart) -> None:
    """Pods that read these Secrets in every way, and gateways and stores that refer to them."""
    readers: list[dict[str, Any]] = [
        {"env": {name.upper(): SecretKey(name, "a" if name == "patched" else "password") for name in NAMES}},
        {"env_from": [SecretEnv(name, prefix=f"{name}_") for name in NAMES]},
        {"files": {f"/etc/{name}": SecretDirectory(name) for name in NAMES}},
        {"files": {"/etc/a": SecretKey("ours", "password"), "/etc/b": Projected((SecretDirectory("text"),))}},
        {
            "files": {
                "/etc/c": FileTemplate("a=${A}", {"A": SecretKey("ours", "password")}, image=Image("busybox:1.38"))
            }
        },
    ]
    for number, fields in enumerate(readers):
        Microservice(chart, f"web{number}", replace(WEB, **fields))
    Task(chart, "task", TaskSpec(image=IMAGE, env_from=(SecretEnv("ours"), SecretEnv("text", prefix="x"))))
    login = Oidc(
        issuer="https://id.acme.io",
        client_id="shop",
        client_secret=SecretKey("ours", "client-secret"),
        cookie_secret=SecretKey("ours", "cookie-secret"),
    )
    for auth, gateway in ((login, EnvoyGateway), (BasicAuth("ours"), TraefikGateway), (ApiKey("ours"), KongGateway)):
        name = type(auth).__name__.lower()
        spec = replace(WEB, exposure=Exposure(host=f"{name}.acme.io", tls=Tls.secret("text"), auth=auth))
        Microservice(chart, name, spec, platform=Platform(gateway=gateway))
    given = Credentials.of(chart.node.find_child("ours"))  # pyright: ignore[reportArgumentType] - a NativeSecret
    admin, provision = SecretKey("text", "password"), Provision(storage=Size.gib(1))
    stores = (
        Postgres(chart, "db", PostgresSpec(version="17", credentials=given, admin_password=admin, provision=provision)),
        Mongo(chart, "carts", MongoSpec(version="8.0", credentials=given, admin_password=admin, provision=provision)),
    )
    Microservice(chart, "orders", WEB, uses=[store.read_write() for store in stores])


def build(mark: Marks, folder: Path) -> KmopChart:
    folder.mkdir(exist_ok=True)
    chart = KmopChart(App(outdir=str(folder / "dist")), "shop", namespace="shop")
    secrets_of(chart, mark, folder)
    readers_of(chart)
    return chart


def mistakes(mark: Marks) -> Iterator[Callable[[KmopChart], object]]:
    """What somebody does wrong with a Secret, in a chart of its own."""
    secret = literal("s", a=mark("mistake"))
    held = {"apiVersion": "v1", "kind": "List", "metadata": {"name": "l"}, "items": [secret]}
    value = mark("value")
    for operation in (
        Replace("/stringData/none", value),
        Replace("/stringData/a", {1: value}),
        PatchTest("/stringData/a", value),
        Add("/stringData/x/y", value),
        Remove("/stringData/none"),
    ):
        yield lambda chart, operation=operation: Manifest(chart, "s", secret).patch(operation)
        inside = replace(operation, path=f"/items/0{operation.path}")
        yield lambda chart, inside=inside: Manifest(chart, "l", held).patch(inside)
    for wrong in (
        value.encode(),
        {value},
        (value,),
        f"{value}\x00",
        f"{value}\u2028",
        float("nan"),
        f"\t{value}\n\n{value}",
    ):
        yield lambda chart, wrong=wrong: Manifest(chart, "s", {**secret, "stringData": {"a": wrong}})
        yield lambda chart, wrong=wrong: Manifest(chart, "s", {**secret, "stringData": wrong})
        inside = {**held, "items": [{**secret, "stringData": {"a": wrong}}]}
        yield lambda chart, inside=inside: Manifest(chart, "l", inside)
    yield lambda chart: [Manifest(chart, id, literal("s", a=value + id)) for id in "ab"]
    yield lambda chart: NativeSecret(chart, "s", values=cast(Any, {"a": value}))
    yield lambda chart: NativePullSecret(chart, "s", registry="a.io", username="me", password=cast(Any, value))

    def made(chart: KmopChart) -> NativeSecret:
        return NativeSecret(chart, "s", values={"a": InlineSecret(value)})

    yield lambda chart: Microservice(chart, "w", WEB, uses=[made(chart).as_env("b")])
    yield lambda chart: [made(chart), Microservice(chart, "w", replace(WEB, env={"A": SecretKey("s", "none")}))]
    yield lambda chart: made(chart).add_json_patch(JsonPatch.add("/stringData/a", value))
    yield lambda chart: made(chart).metadata.add("a", {value})


def messages(mark: Marks, folder: Path) -> Iterator[str]:
    """The message of each mistake."""
    for number, mistake in enumerate(mistakes(mark)):
        chart = KmopChart(App(outdir=str(folder / f"wrong{number}")), "c")
        try:
            mistake(chart)
            synthesize(chart)
        except CheckError as error:
            yield str(error) + error.to_json() + repr(error) + repr(error.findings)
        except KmopError as error:
            yield str(error) + repr(error)
        except RuntimeError as error:  # of the engine
            yield str(error)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """All texts of both builds, without the Secrets themselves."""
    return {letter: list(texts(Marks(letter), tmp_path_factory.mktemp("build") / "same")) for letter in "xq"}


def texts(mark: Marks, folder: Path) -> Iterator[str]:
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logging.getLogger("kmop_constructs").addHandler(handler)
    try:
        chart = build(mark, folder)
        app = cast("App", chart.node.root)
        app.synth()
        written = list(yaml.safe_load_all((folder / "dist" / "shop.k8s.yaml").read_text()))
        result = synthesize(chart)
        everything = [chart, *chart.node.find_all()]
        yield "\n".join(json.dumps(masked(item)) for item in written)
        yield result.yaml()
        yield repr(result.notices) + "".join(str(each) for each in result.notices)
        reprs = (repr(each) + repr(getattr(each, "planned", "")) for each in (result, *everything))
        yield re.sub(" at 0x[0-9a-f]+", "", "".join(reprs))
        yield from (message.replace(str(folder), "") for message in messages(mark, folder))
        yield "\n".join(lines).replace(str(folder), "")
    finally:
        logging.getLogger("kmop_constructs").removeHandler(handler)


def test_no_text_but_the_secret_depends_on_a_value(outputs: dict[str, list[str]]) -> None:
    first, second = outputs.values()
    assert len(first) == len(second) > 30
    for one, other in zip(first, second, strict=True):
        assert one == other


def test_no_text_has_a_value_or_what_is_made_of_it(outputs: dict[str, list[str]]) -> None:
    text = "\n".join(outputs["x"])
    assert "Canary" not in text
    for name, value in _USED["x"].items():
        for made in derived(name, value):
            assert made not in text, (name, made)


def derived(key: str, value: str) -> Iterator[str]:
    """The base64 of a value at each offset, and digests of its usual forms, cut to eight characters."""
    for offset in range(3):
        yield base64.b64encode(b"." * offset + value.encode()).decode()[(4 if offset else 0) : -4]
    pair = {key: value}
    forms = [value, encoded(value), f"{key}={value}", f"{key}: {value}", f"{value}\n", f"me:{value}", repr(value)]
    for separators in ((",", ":"), (", ", ": ")):
        held = (value, pair, {"stringData": pair}, {"data": None, "stringData": pair, "binaryData": None})
        forms += [json.dumps(each, separators=separators, sort_keys=True) for each in held]
    for form in forms:
        for algorithm in ("md5", "sha1", "sha256", "sha512", "blake2b"):
            digest = hashlib.new(algorithm, form.encode())
            yield digest.hexdigest()[:8]
            yield base64.b64encode(digest.digest()).decode()[:8]


def test_every_parameter_for_a_value_is_tried() -> None:
    """A new field that takes an `InlineSecret` must be added to this app."""
    found = {
        f"{name}.{parameter.name}"
        for name, each in public_names().items()
        if inspect.isclass(each) and each is not InlineSecret and not issubclass(each, Exception)
        for parameter in inspect.signature(each.__init__).parameters.values()
        if "InlineSecret" in str(parameter.annotation)
    }
    assert found == {"NativeSecret.values", "NativePullSecret.password", "FakeStore.data"}


def test_a_secret_still_has_its_value(tmp_path: Path) -> None:
    chart = build(Marks("x"), tmp_path / "same")
    assert synthesize(chart).one("Secret", "ours")["stringData"]["password"] == "Canaryxpassword"
    assert isinstance(chart, Chart)
