"""Environment variables."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.env import (
    ConfigKey,
    ConfigMapEnv,
    ContainerField,
    EnvValue,
    PodField,
    SecretEnv,
    SecretKey,
    environment,
)

import pytest
from hypothesis import given
from hypothesis import strategies as st

values = st.one_of(
    st.text(max_size=5),
    st.builds(SecretKey, st.just("s"), st.sampled_from("ab")),
    st.builds(ConfigKey, st.just("c"), st.sampled_from("ab")),
    st.just(PodField("status.podIP")),
)
variables = st.dictionaries(st.from_regex(r"[A-Z_][A-Z0-9_.-]{0,4}", fullmatch=True), values, max_size=6)


@given(variables)
def test_variables_keep_their_order(source: dict[str, EnvValue]) -> None:
    assert list(environment("field", source).items()) == list(source.items())


@pytest.mark.parametrize("name", ["A-B", "SPRING__DATASOURCE__URL", "a.b", "_", "-a"])
def test_names_with_dashes_dots_and_underscores_are_names(name: str) -> None:
    assert environment("field", {name: "x"})[name] == "x"


@pytest.mark.parametrize("name", ["", "1A", "A=B", "A B", "..a", "."])
def test_a_name_that_the_api_server_refuses_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match="^field: not a valid name, got "):
        environment("field", {name: "x"})


@pytest.mark.parametrize("value", [5, True, None, 0.5, ["a"], SimpleNamespace(name="a")])
def test_a_value_that_is_not_text_is_refused_without_showing_it(value: object) -> None:
    with pytest.raises(SpecError, match=rf"^field\['A'\]: not a value of a variable, got '{type(value).__name__}'"):
        environment("field", cast(Any, {"A": value}))


@pytest.mark.parametrize(
    "make",
    [
        lambda: SecretKey("DB", "password"),
        lambda: SecretKey("db", "pass word"),
        lambda: SecretKey("db", ".."),
        lambda: SecretKey(cast(Any, None), "password"),
        lambda: ConfigKey("db", ""),
        lambda: ConfigKey("a/b", "key"),
        lambda: SecretEnv("DB"),
        lambda: ConfigMapEnv("a_b"),
        lambda: ConfigMapEnv("a", prefix="1"),
        lambda: SecretEnv("a", prefix="A B"),
    ],
)
def test_a_reference_by_a_name_that_cannot_exist_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(SpecError, match=r"^(SecretKey|ConfigKey|SecretEnv|ConfigMapEnv)\.\w+: (not|neither) "):
        make()


def test_a_construct_stands_for_the_object_it_draws() -> None:
    drawn: Any = SimpleNamespace(name="shop", node=None)
    for made in (SecretKey(drawn, "a"), ConfigKey(drawn, "a"), SecretEnv(drawn), ConfigMapEnv(drawn)):
        assert made.name == "shop"


def test_a_reference_by_construct_equals_the_one_by_name() -> None:
    assert SecretKey(cast(Any, SimpleNamespace(name="db", node=None)), "password") == SecretKey("db", "password")


@pytest.mark.parametrize("mode", [0o1000, -1, "0644", 644])
def test_permissions_that_no_file_has_are_refused(mode: object) -> None:
    with pytest.raises(SpecError, match="not file permissions, got .*; write them in octal, such as 0o644"):
        ConfigKey("a", "b", mode=cast(Any, mode))


@pytest.mark.parametrize("path", ["metadata.name", "status.podIP", "metadata.labels['app.kubernetes.io/name']",
                                  "metadata.annotations['a']"])  # fmt: skip
def test_a_pod_may_read_a_field_of_itself(path: str) -> None:
    assert PodField(path).path == path


@pytest.mark.parametrize("path", ["podIP", "metadata.labels", "metadata.labels['']", "metadata.labels['a", "spec.x",
                                  "metadata.labels['a b']", "metadata.labels['a']['b']", None])  # fmt: skip
def test_a_pod_cannot_read_any_other_field(path: object) -> None:
    with pytest.raises(SpecError, match="^PodField"):
        PodField(cast(Any, path))


def test_a_container_can_read_its_requests_and_limits_only() -> None:
    assert ContainerField("limits.memory").resource == "limits.memory"
    with pytest.raises(SpecError, match="^ContainerField: not a resource that a container can read, got 'memory'"):
        ContainerField("memory")
