"""Names, labels and selectors: what the cluster knows a workload by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmop_constructs import Identity, Image, Port, Service
from kmop_constructs.authors import ServiceFacts
from kmop_constructs.core.identity import named_ports
from kmop_constructs.errors import SpecError
from kmop_constructs.values.names import label_value

import pytest
from hypothesis import given
from hypothesis import strategies as st

Facts = Callable[..., ServiceFacts]

NAME, INSTANCE, VERSION = (f"app.kubernetes.io/{each}" for each in ("name", "instance", "version"))


def test_everything_follows_from_the_id(facts: Facts) -> None:
    web = facts("web")
    assert (web.name, web.services, web.container, web.account) == ("web", ("web",), "web", "web")
    assert web.labels == {NAME: "web", INSTANCE: "web"}
    assert web.workload_labels == web.pod_labels == {NAME: "web", INSTANCE: "web", VERSION: "1.0"}
    assert web.selector == {NAME: "web", INSTANCE: "web"}
    assert (web.application, web.shared) == ({NAME: "web"}, frozenset())


def test_a_selector_does_not_change_with_labels_or_version(facts: Facts) -> None:
    before = facts("web")
    after = facts("web", labels={"team": "a"}, image=Image("acme/web:2.0"))
    assert after.selector == before.selector
    assert after.application == before.application
    assert after.labels == {**before.labels, "team": "a"}
    assert after.workload_labels == {**after.labels, VERSION: "2.0"}
    assert after.pod_labels.items() >= after.selector.items()


@pytest.mark.parametrize("key", [NAME, INSTANCE, "app"])
def test_a_label_that_selects_pods_is_not_set_as_a_label(facts: Facts, key: str) -> None:
    identity = Identity(selector={"app": "web"})
    with pytest.raises(
        SpecError, match=rf"^shop/web: labels\['{key}'\] would change the selector of the pods; set it with id"
    ):
        facts("web", labels={key: "x"}, identity=identity)


def test_a_live_workload_keeps_its_name_and_selector(facts: Facts) -> None:
    identity = Identity(name="legacy-web", selector={"app": "web", "tier": "front"})
    web = facts("web", identity=identity, service=Service(name="www"))
    assert (web.name, web.services) == ("legacy-web", ("www",))
    assert web.selector == {"app": "web", "tier": "front"}
    assert web.pod_labels.items() >= {"app": "web", "tier": "front", NAME: "legacy-web"}.items()
    assert "tier" not in web.labels


def test_versions_share_a_service_by_their_application(facts: Facts) -> None:
    shared = Service(shared=True)
    one, two = (
        facts(f"web-{version}", identity=Identity(app_name="web"), service=(Service(), shared))
        for version in ("v1", "v2")
    )
    assert one.application == two.application == {NAME: "web"}
    assert one.selector != two.selector
    for each in (one, two):
        assert each.pod_labels.items() >= each.application.items()
        assert each.services == (each.name, "web")
        assert each.shared == {"web"}


def test_a_live_selector_shares_by_the_labels_of_its_pods(facts: Facts) -> None:
    live = Identity(name="reviews-v1", selector={NAME: "reviews", "version": "v1"})
    assert facts(identity=live, service=Service(shared=True)).application == {NAME: "reviews"}


@pytest.mark.parametrize("id", ["Web", "web_1", "w" * 64, "-web", "web.v1"])
def test_an_id_that_is_no_name_is_refused_unless_a_name_is_given(facts: Facts, id: str) -> None:
    with pytest.raises(SpecError, match=rf"^shop/{id}: name \(the id\): not a valid name, got '{id}'"):
        facts(id)
    assert facts(id, identity=Identity(name="web")).name == "web"


def test_an_invalid_service_name_needs_another_service_name(facts: Facts) -> None:
    with pytest.raises(SpecError, match="^shop/3scale: name of the Service: not a valid name, got '3scale'"):
        facts("3scale")
    assert facts("3scale", service=Service(name="threescale")).services == ("threescale",)


def test_two_services_need_two_names(facts: Facts) -> None:
    with pytest.raises(SpecError, match="^shop/web: two Services have the name 'web'"):
        facts("web", service=(Service(), Service(name="web")))


@given(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", fullmatch=True))
def test_any_tag_gives_a_version_label_that_the_api_server_takes(tag: str) -> None:
    from kmop_constructs.core.identity import _version  # pyright: ignore[reportPrivateUsage]

    version = _version(tag)
    assert version is None or label_value("version", version) == version
    if tag.isalnum() and len(tag) <= 63:
        assert version == tag


def test_a_version_may_be_given(facts: Facts) -> None:
    digest = Image(f"acme/web@sha256:{'0' * 64}")
    assert VERSION not in facts(image=digest).workload_labels
    assert facts(image=digest, identity=Identity(version="2024.1")).workload_labels[VERSION] == "2024.1"


@pytest.mark.parametrize(
    ("ports", "names"),
    [
        ([Port(8080)], ["http"]),
        ([Port.grpc(9090), Port(8080)], ["grpc", "http"]),
        ([Port(8080), Port(8081), Port(8082)], ["http", "http-8081", "http-8082"]),
        ([Port.udp(53), Port.tcp(53)], ["udp", "tcp"]),
        ([Port(8080, name="web"), Port(8081)], ["web", "http"]),
    ],
)
def test_ports_are_named_after_what_they_speak(ports: list[Port], names: list[str]) -> None:
    assert [each.name for each in named_ports("shop/web", ports)] == names


@pytest.mark.parametrize(
    ("ports", "message"),
    [
        ([Port(80), Port.tcp(80)], "the port 80 is set twice"),
        ([Port(80, name="a"), Port(81, name="a")], "two ports have the name 'a'"),
        (
            [Port(80, service_port=443), Port(443)],
            "two ports have the Service port 443; set service_port of one of them",
        ),
    ],
)
def test_ports_that_collide_are_refused(ports: list[Port], message: str) -> None:
    with pytest.raises(SpecError, match=f"^shop/web: {message}"):
        named_ports("shop/web", ports)


def test_ports_that_only_look_alike_are_taken() -> None:
    assert named_ports("web", [Port.tcp(53), Port.udp(53)])
    assert named_ports("web", [Port(80, service_port=443), Port(443, exposed=False)])


@pytest.mark.parametrize(("wanted", "number"), [(None, 8080), (80, 8080), ("admin", 9000), (9001, 9000), (9000, 9000)])
def test_a_port_is_found_by_what_is_offered_by_its_number_or_its_name(facts: Facts, wanted: Any, number: int) -> None:
    web = facts(port=(Port(8080, service_port=80), Port(9000, name="admin", service_port=9001)))
    assert web.port(wanted).number == number
    with pytest.raises(
        SpecError,
        match=r"^shop/web: has no port 'metrics'; use one of its ports: 80 \(http\), 9001 \(admin\)",
    ):
        web.port("metrics")
