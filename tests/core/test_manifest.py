"""Objects as plain literals."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any, cast

from kmop_constructs import KmopChart, Manifest, SpecError
from kmop_constructs.authors import Deferred
from kmop_constructs.core.added_annotations import want_annotations, want_change
from kmop_constructs.core.place import place_of
from kmop_constructs.patch import Add, Move, Remove, Replace, Test

import cdk8s
import jsii
import pytest
from cdk8s import App, Chart
from constructs import Construct, RootConstruct

Object = dict[str, Any]


def config(name: str = "config", **data: Any) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def deferred(name: str, draw: Callable[[Any], Any], **head: Any) -> Deferred:
    return Deferred(**cast(Any, {"api_version": "v1", "kind": "ConfigMap", "name": name, "draw": draw, **head}))


@pytest.fixture
def labelled(app: App) -> KmopChart:
    return KmopChart(app, "c", namespace="shop", labels={"team": "a"})


def test_a_literal_gets_namespace_and_labels_of_the_chart(labelled: KmopChart) -> None:
    literal = config(b="1", a="2")
    assert Manifest(labelled, "m", literal).to_json() == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "config", "namespace": "shop", "labels": {"team": "a"}},
        "data": {"b": "1", "a": "2"},
    }


def test_a_chart_without_namespace_and_labels_adds_nothing(app: App) -> None:
    literal = config(a="1")
    assert Manifest(KmopChart(app, "c"), "m", literal).to_json() == literal


def test_keys_keep_their_order_and_those_without_value_are_left_out(labelled: KmopChart) -> None:
    written = Manifest(labelled, "m", config(z="1", n=None, a="2")).to_json()
    assert list(written["data"]) == ["z", "a"]


def test_values_of_a_literal_override_those_of_the_chart(labelled: KmopChart) -> None:
    literal = {**config(), "metadata": {"name": "x", "namespace": "own", "labels": {"team": "b", "x": "y"}}}
    manifest = Manifest(labelled, "m", literal)
    assert manifest.to_json()["metadata"] == {"name": "x", "namespace": "own", "labels": {"team": "b", "x": "y"}}
    assert manifest.namespace == "own"


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("v1", "Namespace"),
        ("rbac.authorization.k8s.io/v1", "ClusterRole"),
        ("scheduling.k8s.io/v1", "PriorityClass"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ],
)
def test_a_kind_of_the_cluster_gets_no_namespace(labelled: KmopChart, api_version: str, kind: str) -> None:
    literal = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}}
    assert "namespace" not in Manifest(labelled, "m", literal).to_json()["metadata"]
    with pytest.raises(
        SpecError, match=rf"^c/n: metadata.namespace: a namespace on a {kind}, which has none, got 'shop'"
    ):
        Manifest(labelled, "n", {**literal, "metadata": {"name": "x", "namespace": "shop"}})


def test_a_custom_kind_states_its_scope(labelled: KmopChart) -> None:
    literal = {"apiVersion": "acme.io/v1", "kind": "Namespace", "metadata": {"name": "x"}}
    assert Manifest(labelled, "m", literal).to_json()["metadata"]["namespace"] == "shop"
    assert "namespace" not in Manifest(labelled, "n", literal, cluster_scoped=True).to_json()["metadata"]


def test_the_literal_can_be_changed_afterwards_without_effect(labelled: KmopChart) -> None:
    literal = config(a="1")
    manifest = Manifest(labelled, "m", literal)
    literal["data"]["a"] = "2"
    assert manifest.to_json()["data"] == {"a": "1"}


def test_what_is_read_can_be_changed_without_effect(labelled: KmopChart) -> None:
    manifest = Manifest(labelled, "m", config(a="1"))
    manifest.to_json()["data"]["a"] = "2"
    labelled.to_json()[0]["data"]["a"] = "3"
    assert manifest.to_json()["data"] == labelled.to_json()[0]["data"] == {"a": "1"}


EDITS: list[Callable[[Manifest], None]] = [
    lambda manifest: manifest.patch(Replace("/data/a", "2")),
    lambda manifest: manifest.metadata.add_label("a", "2"),
    lambda manifest: manifest.metadata.add_annotation("a", "2"),
    lambda manifest: manifest.metadata.add_finalizers("acme.io/2"),
    lambda manifest: manifest.metadata.add("generateName", "2"),
    lambda manifest: want_annotations(place_of(manifest), manifest.identity, {"a": "2"}),
    lambda manifest: want_change(place_of(manifest), manifest.identity, "the value", Replace("/data/a", "2")),
]


@pytest.mark.parametrize("edit", EDITS)
def test_what_was_read_and_then_edited_is_read_anew(labelled: KmopChart, edit: Callable[[Manifest], None]) -> None:
    manifest = Manifest(labelled, "m", config(a="1"))
    assert "2" not in str(manifest.to_json())
    edit(manifest)
    assert "2" in str(manifest.to_json())


def test_an_object_that_is_read_sees_those_added_since(labelled: KmopChart) -> None:
    def draw(synthesis: Any) -> Object:
        return config("d", there=str(synthesis.draws("ConfigMap", "shop", "late")))

    manifest = Manifest(labelled, "d", deferred("d", draw))
    assert manifest.to_json()["data"] == {"there": "False"}
    Manifest(labelled, "late", config("late"))
    assert manifest.to_json()["data"] == {"there": "True"}


@pytest.mark.parametrize(
    ("literal", "message"),
    [
        ({"kind": "ConfigMap", "metadata": {"name": "a"}}, "apiVersion: missing or not text, got None"),
        ({**config(), "kind": ""}, "kind: missing or not text, got ''"),
        ({**config(), "metadata": {}}, "metadata.name: missing or not text, got None"),
        ({**config(), "metadata": ["a"]}, "metadata.name: missing or not text"),
        ({**config(), "metadata": {"name": 5}}, "metadata.name: missing or not text, got 5"),
        ({**config(), "metadata": {"name": "a", "namespace": 5}}, "metadata.namespace: missing or not text, got 5"),
        (None, "not a literal, got 'NoneType'; write a dict"),
        ([], "not a literal, got 'list'"),
    ],
)
def test_a_literal_without_a_head_is_refused(labelled: KmopChart, literal: Any, message: str) -> None:
    with pytest.raises(SpecError, match=f"^c/m: {message}"):
        Manifest(labelled, "m", literal)


def test_a_value_that_is_no_json_is_refused_at_the_line_that_wrote_it(labelled: KmopChart) -> None:
    with pytest.raises(
        SpecError, match=r"^c/m: data.a is a tuple, which is not a JSON value, got \(1, 2\); write a list"
    ):
        Manifest(labelled, "m", config(a=(1, 2)))
    Manifest(labelled, "m", config(a="the id is still free"))


def test_a_lazy_value_of_the_engine_is_refused(labelled: KmopChart) -> None:
    @jsii.implements(cdk8s.IAnyProducer)
    class Producer:
        def produce(self) -> object:
            return "1"

    lazy: object = cdk8s.Lazy.any(cast(Any, Producer()))
    with pytest.raises(
        SpecError, match=r"^c/m: data.a is a Lazy of the engine, .*; write the value itself, or use Deferred"
    ):
        Manifest(labelled, "m", config(a=lazy))


@pytest.mark.parametrize("wrong", [b"hunter2", ("hunter2",), {"x": {"hunter2"}}, "hunter2\u2028", "\thunter2\n"])
def test_errors_and_tracebacks_show_no_secret_value(labelled: KmopChart, wrong: object) -> None:
    with pytest.raises(SpecError, match=r"^c/m: stringData.password.*, got a value that is not shown; ") as caught:
        Manifest(labelled, "m", {**config(), "kind": "Secret", "stringData": {"password": wrong}})
    shown = "".join(traceback.format_exception(caught.value))
    assert "hunter2" not in shown.replace('"hunter2"', "")


def test_a_deferred_secret_shows_no_value_either(labelled: KmopChart) -> None:
    literal = {**config("s"), "kind": "Secret", "stringData": {"password": b"hunter2"}}
    manifest = Manifest(labelled, "m", deferred("s", lambda _: literal, kind="Secret"))
    with pytest.raises(SpecError, match="a value that is not shown") as caught:
        manifest.to_json()
    assert "hunter2" not in str(caught.value)


def secret(password: str = "hunter2") -> Object:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"password": password}}


def test_a_patch_of_a_secret_that_fails_shows_no_value(labelled: KmopChart) -> None:
    with pytest.raises(SpecError, match=r"^c/s: Remove of '/stringData/nope/x' fails \(no such path\)") as caught:
        Manifest(labelled, "s", secret()).patch(Remove("/stringData/nope/x"))
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_a_patch_of_a_deferred_secret_shows_no_value_either(labelled: KmopChart) -> None:
    manifest = Manifest(labelled, "s", deferred("s", lambda _: secret(), kind="Secret"))
    manifest.patch(Remove("/stringData/nope/x"))
    with pytest.raises(SpecError, match=r"^c/s: Remove of '/stringData/nope/x' fails \(no such path\)") as caught:
        manifest.to_json()
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_one_id_twice_is_refused(labelled: KmopChart) -> None:
    Manifest(labelled, "m", config())
    with pytest.raises(SpecError, match="^c/m: the id is already used in this scope; use another id"):
        Manifest(labelled, "m", config("other"))


def test_a_slash_in_an_id_does_not_lead_to_another_place(labelled: KmopChart) -> None:
    manifest = Manifest(labelled, "a/b", config())
    assert manifest.path == manifest.node.path == "c/a--b"


@pytest.mark.parametrize("scope", [None, "chart", 5])
def test_a_scope_that_is_no_construct_is_refused(scope: object) -> None:
    with pytest.raises(SpecError, match="^scope: not a construct, got "):
        Manifest(cast(Any, scope), "m", config())


def test_a_manifest_outside_of_a_chart_is_refused(app: App) -> None:
    with pytest.raises(SpecError, match="^m: a manifest must be below a chart, got App; put it into a chart"):
        Manifest(app, "m", config())
    with pytest.raises(SpecError, match="^group/m: a manifest must be below a chart, got Construct"):
        Manifest(Construct(app, "group"), "m", config())


def test_a_tree_without_an_app_is_refused() -> None:
    with pytest.raises(
        SpecError, match=r"the root of the tree is a RootConstruct, not a cdk8s.App; put the chart into an App"
    ):
        Manifest(Chart(RootConstruct(), "loose"), "m", config())


def test_a_manifest_is_an_api_object_for_other_code(labelled: KmopChart) -> None:
    literal = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    manifest = Manifest(labelled, "m", literal)
    assert cdk8s.ApiObject.is_api_object(manifest)
    assert (manifest.api_version, manifest.api_group, manifest.kind, manifest.name) == (
        "apps/v1",
        "apps",
        "Deployment",
        "web",
    )
    assert manifest.chart is labelled
    assert cdk8s.ApiObject.of(manifest) is manifest
    assert [each for each in labelled.api_objects if each is manifest]


def test_labels_and_annotations_can_be_added_and_read(labelled: KmopChart) -> None:
    manifest = Manifest(labelled, "m", config())
    manifest.metadata.add_label("x", "1")
    manifest.metadata.add_label("team", "b")
    manifest.metadata.add_annotation("note", "any text, at all")
    assert manifest.to_json()["metadata"] == {
        "name": "config",
        "namespace": "shop",
        "labels": {"team": "b", "x": "1"},
        "annotations": {"note": "any text, at all"},
    }
    assert manifest.metadata.get_label("team") == "b"
    assert manifest.metadata.get_label("nope") is None
    assert (manifest.metadata.name, manifest.metadata.namespace) == ("config", "shop")


def test_other_metadata_can_be_added(labelled: KmopChart) -> None:
    manifest = Manifest(labelled, "m", config())
    manifest.metadata.add_finalizers("acme.io/a")
    manifest.metadata.add_finalizers("acme.io/b")
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "x", "uid": "y"}
    manifest.metadata.add("ownerReferences", [owner])
    owner["name"] = "changed"
    metadata = manifest.to_json()["metadata"]
    assert metadata["finalizers"] == ["acme.io/a", "acme.io/b"]
    assert metadata["ownerReferences"][0]["name"] == "x"


WRONG_EDITS: list[tuple[str, tuple[object, object], str]] = [
    ("add_label", ("a b", "x"), "metadata.labels: not a label or annotation key, got 'a b'"),
    ("add_label", ("a", "x y"), r"metadata.labels\['a'\]: not a valid name, got 'x y'"),
    ("add_annotation", ("a", 5), r"metadata.annotations\['a'\]: not text, got 5"),
    ("add", ("name", "x"), r"metadata.name cannot be set with add\(\)"),
    ("add", ("labels", {}), r"metadata.labels cannot be set with add\(\)"),
    ("add", ("x", None), "metadata.x has no value"),
    ("add", ("x", {1}), "metadata: x is a set"),
]


@pytest.mark.parametrize(("edit", "given", "message"), WRONG_EDITS)
def test_a_wrong_edit_is_refused_and_changes_nothing(
    labelled: KmopChart, edit: str, given: tuple[object, object], message: str
) -> None:
    manifest = Manifest(labelled, "m", config())
    before = manifest.to_json()
    with pytest.raises(SpecError, match=f"^c/m: {message}"):
        getattr(manifest.metadata, edit)(*given)
    assert manifest.to_json() == before


def test_patches_see_what_was_edited_before_them(labelled: KmopChart) -> None:
    manifest = Manifest(labelled, "m", config())
    manifest.metadata.add_label("x", "1")
    manifest.patch(Test("/metadata/labels/x", "1"), Replace("/metadata/labels/x", "2"))
    assert manifest.to_json()["metadata"]["labels"]["x"] == "2"


@pytest.mark.parametrize(
    "operation",
    [
        Replace("/metadata/labels/team", "patched"),
        Remove("/metadata/labels/team"),
        Replace("/metadata/labels", {}),
        Move("/data/team", "/metadata/labels/team"),
    ],
)
def test_an_edit_that_a_patch_would_undo_is_refused(labelled: KmopChart, operation: Any) -> None:
    manifest = Manifest(labelled, "m", config())
    manifest.patch(operation)
    before = manifest.to_json()
    with pytest.raises(SpecError, match=r"^c/m: metadata.labels.team was patched before .*; edit it before the patch"):
        manifest.metadata.add_label("team", "edited")
    assert manifest.to_json() == before


def test_an_edit_beside_a_patch_stays(labelled: KmopChart) -> None:
    manifest = Manifest(labelled, "m", config())
    manifest.patch(Replace("/metadata/labels/team", "patched"))
    manifest.metadata.add_label("other", "edited")
    assert manifest.to_json()["metadata"]["labels"] == {"team": "patched", "other": "edited"}


def test_a_failed_patch_raises_and_changes_nothing(labelled: KmopChart) -> None:
    manifest = Manifest(labelled, "m", config(a="1"))
    for operation in (Replace("/data/b", "2"), Replace("/data/a", "1"), Add("/data/x/y", 1)):
        with pytest.raises(SpecError, match="^c/m: "):
            manifest.patch(Add("/data/new", "3"), operation)
    assert manifest.to_json()["data"] == {"a": "1"}


def test_a_patch_can_reach_what_the_chart_adds(labelled: KmopChart) -> None:
    manifest = Manifest(labelled, "m", config())
    manifest.patch(Remove("/metadata/labels"), Replace("/metadata/namespace", "other"))
    assert manifest.to_json()["metadata"] == {"name": "config", "namespace": "other"}


def test_the_engines_own_patch_is_not_available(labelled: KmopChart) -> None:
    manifest = Manifest(labelled, "m", config())
    with pytest.raises(
        SpecError, match=r"^c/m: add_json_patch is not supported; write patch\(Replace\(path, value\)\)"
    ):
        manifest.add_json_patch(cdk8s.JsonPatch.add("/data/a", "1"))


def test_a_deferred_object_is_drawn_when_the_whole_app_is_known(labelled: KmopChart) -> None:
    def draw(synthesis: Any) -> Object:
        second = synthesis.find("ConfigMap", "shop", "second")
        return config("first", n="none" if second is None else second["metadata"]["name"])

    first = Manifest(labelled, "first", deferred("first", draw))
    Manifest(labelled, "second", config("second"))
    assert first.to_json()["data"] == {"n": "second"}
    assert (first.name, first.kind, first.namespace) == ("first", "ConfigMap", "shop")


def test_a_deferred_object_is_drawn_once_in_a_synthesis(labelled: KmopChart, app: App) -> None:
    drawn: list[int] = []

    def draw(_: object) -> Object:
        drawn.append(1)
        return config("d")

    Manifest(labelled, "d", deferred("d", draw))
    assert not drawn
    app.synth()
    assert len(drawn) == 1


def test_a_patch_of_a_deferred_object_is_checked_when_it_is_drawn(labelled: KmopChart, app: App) -> None:
    manifest = Manifest(labelled, "d", deferred("d", lambda _: config("d", a="1")))
    manifest.patch(Replace("/data/a", "2"))
    assert manifest.to_json()["data"] == {"a": "2"}
    manifest.patch(Remove("/data/nope"))
    with pytest.raises(SpecError, match="^c/d: Remove of '/data/nope' fails"):
        app.synth()


@pytest.mark.parametrize(
    ("drawn", "message"),
    [
        (config("other"), "c/d: the drawn object is not"),
        ({**config("d"), "kind": "Secret"}, "c/d: the drawn object is not"),
        (
            {**config("d"), "metadata": {"name": "d", "namespace": "other"}},
            "c/d: metadata.namespace: the drawn object is not in",
        ),
        (None, "c/d: "),
        ({}, "c/d: apiVersion: missing"),
    ],
)
def test_a_deferred_object_keeps_its_head(labelled: KmopChart, drawn: Any, message: str) -> None:
    manifest = Manifest(labelled, "d", deferred("d", lambda _: drawn))
    with pytest.raises(SpecError, match=f"^{message}"):
        manifest.to_json()


def test_a_drawing_may_read_another_object(labelled: KmopChart, app: App) -> None:
    made: dict[str, Manifest] = {}
    made["copy"] = Manifest(labelled, "a", deferred("a", lambda _: config("a", **made["late"].to_json()["data"])))
    made["late"] = Manifest(labelled, "b", deferred("b", lambda _: config("b", x="1")))
    assert made["copy"].to_json()["data"] == {"x": "1"}
    app.synth()
    made["circle"] = Manifest(labelled, "c", deferred("c", lambda _: made["circle"].to_json()))
    with pytest.raises(SpecError, match="^c/c: its content depends on itself, c/c -> c/c; remove one of these reads"):
        app.synth()


def test_objects_that_are_drawn_from_each_other_are_refused(labelled: KmopChart) -> None:
    def look(name: str) -> Callable[[Any], Object]:
        return lambda synthesis: config(made[name].name, n=str(synthesis.find(*made[name].identity)))

    made: dict[str, Manifest] = {}
    made["a"] = Manifest(labelled, "a", deferred("a", look("b")))
    made["b"] = Manifest(labelled, "b", deferred("b", look("a")))
    with pytest.raises(SpecError, match="its content depends on itself, c/a -> c/b -> c/a; remove one of these reads"):
        made["a"].to_json()
