"""Patches: RFC 6902, and never a change of nothing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, cast

from kmop_constructs.core.patch import Operation, applied
from kmop_constructs.errors import SpecError
from kmop_constructs.patch import Add, Copy, Move, Remove, Replace, Test

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

DOCUMENT: dict[str, Any] = {"a": {"text": "abc", "one": 1, "list": [1, {"x": 2}], "a/b": 1, "m~n": 2}, "b": {}}

pointers = st.sampled_from(
    ["/a", "/b", "/c", "/a/text", "/a/one", "/a/list", "/a/list/0", "/a/list/1", "/a/list/2", "/a/list/-", "/a/list/1/x",
     "/a/list/9", "/a/a~1b", "/a/m~0n", "/a/text/0", "/a/one/x", "/b/c", "/b/c/d", "/c/d", "/", "/a/list/01"]
)  # fmt: skip
values = st.sampled_from([1, 2, True, False, "abc", "", [], {}, {"x": 2}, [1, {"x": 2}], 1.5])
operations = st.one_of(
    st.builds(Add, pointers, values),
    st.builds(Replace, pointers, values),
    st.builds(Remove, pointers),
    st.builds(Test, pointers, values),
    st.builds(Move, pointers, pointers),
    st.builds(Copy, pointers, pointers),
)


Maker = Callable[[str], Operation]


def replacing(path: str) -> Operation:
    return Replace(path, 5)


def expecting(path: str) -> Operation:
    return Test(path, 5)


def moving(path: str) -> Operation:
    return Move("/b/c", path)


def copying(path: str) -> Operation:
    return Copy("/b/c", path)


MAKERS: list[Maker] = [Remove, replacing, expecting, moving, copying]


def raw(operation: Operation) -> dict[str, Any]:
    written: dict[str, Any] = {"op": type(operation).__name__.lower(), "path": operation.path}
    match operation:
        case Move(_, source) | Copy(_, source):
            written["from"] = source
        case Add(_, value) | Replace(_, value) | Test(_, value):
            written["value"] = value
        case Remove():
            pass
    return written


@given(st.lists(operations, min_size=1, max_size=4))
def test_a_patch_follows_rfc_6902_or_raises(patch: list[Operation]) -> None:
    expected: Any = DOCUMENT
    try:
        for operation in patch:
            before = expected
            expected = jsonpatch.apply_patch(before, [raw(operation)])
            if before == expected and repr(before) == repr(expected) and not isinstance(operation, Test):
                raise jsonpatch.JsonPatchException("changes nothing")  # noqa: TRY301
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
        expected = None
    before = copy.deepcopy(DOCUMENT)
    try:
        result = applied("shop/web", DOCUMENT, patch)
    except SpecError:
        result = None
    assert before == DOCUMENT
    assert repr(result) == repr(expected)


@pytest.mark.parametrize(
    "operation",
    [
        Replace("/a/one", 1),
        Replace("/a/one", 1.0),
        Replace("/a/list", [1, {"x": 2}]),
        Add("/a/text", "abc"),
        Move("/a", "/a"),
        Copy("/a/one", "/a/one"),
        Add("/b", {}),
    ],
)
def test_a_change_of_nothing_raises(operation: Operation) -> None:
    with pytest.raises(
        SpecError, match=f"^web: {type(operation).__name__} of '{operation.path}' changes nothing; remove"
    ):
        applied("web", DOCUMENT, [operation])


def test_true_is_another_value_than_1() -> None:
    assert applied("web", DOCUMENT, [Replace("/a/one", True)])["a"]["one"] is True
    with pytest.raises(SpecError):
        applied("web", DOCUMENT, [Test("/a/one", True)])


@pytest.mark.parametrize(
    "path", ["/nope", "/a/nope", "/a/list/2", "/a/list/-1", "/a/list/x", "/a/text/0", "/a/one/0", "/~2"]
)
@pytest.mark.parametrize("make", MAKERS)
def test_a_path_that_does_not_exist_raises(path: str, make: Maker) -> None:
    with pytest.raises(SpecError, match=r"^web: \w+ of '.*' fails \(.*\); look at the rendered object"):
        applied("web", DOCUMENT, [make(path)])


def test_a_path_starts_with_a_slash() -> None:
    for make in MAKERS[:3]:
        with pytest.raises(SpecError, match=r"\.path: not a JSON pointer, got 'spec/replicas'; start it with a slash"):
            make("spec/replicas")


def test_operations_see_what_those_before_them_did() -> None:
    result = applied("web", DOCUMENT, [Add("/b/c", []), Add("/b/c/-", 1), Copy("/b/d", "/b/c"), Add("/b/d/0", 0)])
    assert result["b"] == {"c": [1], "d": [0, 1]}


def test_a_value_is_checked_like_a_literal() -> None:
    with pytest.raises(SpecError, match=r"^web \(patch of '/b/c'\): value.x is a tuple.*; write a list"):
        applied("web", DOCUMENT, [Add("/b/c", {"x": (1, 2)})])


def test_a_value_does_not_stay_tied_to_what_the_caller_holds() -> None:
    value = {"x": [1]}
    result = applied("web", DOCUMENT, [Add("/c", value), Copy("/d", "/c")])
    value["x"].append(2)
    result["d"]["x"].append(3)
    assert result["c"] == {"x": [1]}


@pytest.mark.parametrize(
    "operation",
    [
        Replace("/stringData/password", "hunter2-new"),
        Test("/stringData/password", "hunter2-new"),
        Remove("/stringData/password/0"),
        Remove("/stringData/hunter2x"),
        Remove("/stringData/nope/x"),
        Add("/stringData/x", cast(Any, b"hunter2-new")),
    ],
)
def test_a_patch_of_a_secret_that_fails_shows_no_value(operation: Operation) -> None:
    secret = {"stringData": {"password": "hunter2-old"}}
    if isinstance(operation, Replace):
        secret = {"stringData": {"password": "hunter2-new"}}
    with pytest.raises(SpecError) as caught:
        applied("shop/db", secret, [operation], secret=True)
    assert "hunter2-" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
