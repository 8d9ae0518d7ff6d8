"""Names that the API server would refuse are refused where they are written."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values import names
from kmop_constructs.values.container import Container
from kmop_constructs.values.env import ConfigKey
from kmop_constructs.values.image import Image
from kmop_constructs.values.ports import Port

import pytest
from hypothesis import given
from hypothesis import strategies as st

Check = Callable[[str, str], str]

LONG = "a" * 64


@pytest.mark.parametrize(
    ("check", "good", "wrong"),
    [
        (names.dns_label, ["a", "web-1", "0", "a" * 63], ["", "-a", "a-", "A", "a.b", "a_b", LONG, "ä", "a\n", "a b"]),
        (names.service_name, ["a", "web-1", "a" * 63], ["1a", "", "a.b", "A", "-a", LONG]),
        (names.dns_subdomain, ["a.b", "a" * 200, "1.2"], ["", ".", "a..b", "a.", ".a", "A.b", "a" * 254, "a_b"]),
        (names.hostname, ["a.b", "api.stripe.com"], ["", "https://a.b", "a.b:80", "a.b/", "*.a", f"{LONG}.a", "A.b"]),
        (names.port_name, ["http", "a", "1a", "h2c"], ["", "80", "a--b", "-a", "a" * 16, "http_1", "HTTP"]),
        (names.config_key, ["a", ".a", "A_b-c.d", "a" * 253], ["", ".", "..", "..a", "a/b", "a b", "a" * 254]),
        (names.env_name, ["A", "a-b.c", "__x__", "_", ".a"], ["", "1A", "A B", "A=B", ".", "..", "..a", "Ä"]),
        (names.label_value, ["", "a", "A_b.c-d", "a" * 63], ["-a", "a-", LONG, "a/b", "a b", "a\n"]),
        (
            names.label_key,
            ["a", "A.b_c", "acme.io/team", f"acme.io/{'a' * 63}"],
            ["", "/a", "a/", "a/b/c", "Acme/team", f"acme.io/{LONG}", "-a", "a b"],
        ),
        (
            names.path,
            ["/", "/tmp", "/etc/app.yaml", "/a b"],
            ["", "tmp", "./a", "/a/../b", "/a:b"],
        ),
    ],
)
def test_a_name_is_taken_or_refused_as_the_api_server_would(check: Check, good: list[str], wrong: list[str]) -> None:
    for value in good:
        assert check("field", value) == value
    for value in wrong:
        with pytest.raises(SpecError, match=r"^field(\[.*\])?: not .*, got .*; "):
            check("field", value)


@pytest.mark.parametrize(
    "check",
    [
        names.dns_label,
        names.service_name,
        names.dns_subdomain,
        names.hostname,
        names.port_name,
        names.config_key,
        names.env_name,
        names.label_value,
        names.label_key,
        names.path,
    ],
)
@pytest.mark.parametrize("value", [None, 5, b"a"])
def test_a_name_that_is_not_text_is_refused(check: Check, value: object) -> None:
    with pytest.raises(SpecError, match=r"^field: "):
        check("field", cast(Any, value))


def test_a_wildcard_host_has_one_star_as_its_first_label() -> None:
    assert names.hostname("field", "*.acme.io", wildcard=True) == "*.acme.io"
    for wrong in ("*", "a.*.io", "**.a"):
        with pytest.raises(SpecError):
            names.hostname("field", wrong, wildcard=True)


@given(st.lists(st.sampled_from(["a", "b.c", "-"]), max_size=3), st.integers(0, 3))
def test_a_path_loses_its_last_slashes_and_nothing_else(parts: list[str], slashes: int) -> None:
    clean = "/" + "/".join(parts)
    assert names.path("field", clean + "/" * slashes) == (clean.rstrip("/") or "/")


def test_a_construct_can_stand_for_its_name() -> None:
    assert names.name_of("field", cast(Any, SimpleNamespace(name="web", node=None))) == "web"
    with pytest.raises(
        SpecError, match="^field: a construct without a name, got SimpleNamespace; write the object's name"
    ):
        names.name_of("field", cast(Any, SimpleNamespace(node=None)))


@pytest.mark.parametrize(
    ("wrong", "got"),
    [(5, "5"), (Port(80, name="x"), "Port"), (SimpleNamespace(name="web"), "SimpleNamespace"), (Path("x"), ".*Path.*")],
)
def test_a_value_that_has_a_name_does_not_stand_for_it(wrong: object, got: str) -> None:
    what = f"neither a name nor a construct with a name, got {got}; write the object's name"
    with pytest.raises(SpecError, match=f"^field: {what}"):
        names.name_of("field", cast(Any, wrong))
    with pytest.raises(SpecError, match=f"^ConfigKey.config_map: {what}"):
        ConfigKey(cast(Any, wrong), "key")


def test_a_label_that_is_wrong_is_named_with_its_key() -> None:
    with pytest.raises(SpecError, match=r"^labels\['team'\]: not a valid name, got 'a b'"):
        names.label_map("labels", {"team": "a b"})


def test_an_annotation_takes_any_text_and_nothing_else() -> None:
    assert names.annotation_map("field", {"a": "any thing, at all\n"})["a"] == "any thing, at all\n"
    with pytest.raises(SpecError, match=r"^field\['a'\]: not text, got True; write 'True'"):
        names.annotation_map("field", cast(Any, {"a": True}))


@pytest.mark.parametrize("wrong", [None, [("a", "b")], "a=b", 5])
def test_what_is_no_mapping_is_refused(wrong: object) -> None:
    with pytest.raises(SpecError, match="^field: not a mapping, got .*; write a dict"):
        names.label_map("field", cast(Any, wrong))


def test_one_text_is_not_taken_for_a_list_of_letters() -> None:
    with pytest.raises(SpecError, match=r"^field: a single value instead of a list, got 'ls'; write \['ls'\]"):
        names.texts("field", "ls")
    with pytest.raises(SpecError, match="field: not text, got 5; write '5'"):
        names.texts("field", cast(Any, ["a", 5]))


def test_a_frozen_mapping_does_not_follow_the_dict_it_was_made_of() -> None:
    source = {"b": 1, "a": 2}
    copied = names.frozen(source)
    source["c"] = 3
    assert list(copied.items()) == [("b", 1), ("a", 2)]
    with pytest.raises(TypeError):
        cast(Any, copied)["c"] = 3


@given(st.dictionaries(st.text(max_size=3), st.integers(), max_size=4))
def test_a_frozen_mapping_equals_its_dict_and_survives_copying(source: dict[str, int]) -> None:
    copied = names.frozen(source)
    assert copied == source
    assert source == copied
    assert repr(copied) == repr(source)
    assert copy.deepcopy(copied) == copied
    assert pickle.loads(pickle.dumps(copied)) == copied
    assert hash(copied) == hash(names.frozen(dict(reversed(source.items()))))


def test_messages_show_only_the_type_of_possible_secrets() -> None:
    container = Container("web", image=Image("acme/web:1"), env={"PASSWORD": "hunter2"})
    for check in (
        lambda: names.made_by("field", container, Image),
        lambda: names.several("field", cast(Any, container)),
        lambda: names.texts("field", [cast(Any, container)]),
        lambda: names.dns_label("field", cast(Any, container)),
        lambda: names.path("field", cast(Any, container)),
    ):
        with pytest.raises(SpecError, match="^field: .*, got Container; ") as caught:
            check()
        assert "hunter2" not in str(caught.value)


def test_a_message_distinguishes_a_class_from_a_value() -> None:
    with pytest.raises(SpecError, match="^field: not an allowed value, got the class Image; write Image"):
        names.made_by("field", Image, Image)
