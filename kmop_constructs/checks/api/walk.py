"""Check values against the schemas of native kinds, as the API server decodes them with strict field validation.

Each schema becomes a function when a value for it is met. The functions run for every value of an app, so they must be fast.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from marshal import dumps
from typing import Any, TypeAlias, cast

from kmop_constructs.checks.api.definitions import Definitions, Schema
from kmop_constructs.checks.api.formats import is_quantity, similar
from kmop_constructs.checks.api.problems import NOTHING, At, Problems

__all__ = ["Check", "Checker"]

Check: TypeAlias = Callable[[Any, At, Problems], None]
"""Checks one value that is not null."""

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")

_OPTIONAL = {
    "io.k8s.api.apps.v1.DaemonSetSpec": {"selector"},
    "io.k8s.api.apps.v1.DeploymentSpec": {"selector"},
    "io.k8s.api.apps.v1.ReplicaSetSpec": {"selector"},
    "io.k8s.api.apps.v1.StatefulSetSpec": {"selector", "serviceName"},
    "io.k8s.api.core.v1.HTTPHeader": {"value"},
    "io.k8s.api.core.v1.LimitRangeSpec": {"limits"},
    "io.k8s.api.core.v1.PreferredSchedulingTerm": {"preference"},
    "io.k8s.api.networking.v1.NetworkPolicySpec": {"podSelector"},
    "io.k8s.api.rbac.v1.ClusterRole": {"rules"},
    "io.k8s.api.rbac.v1.Role": {"rules"},
    "io.k8s.api.rbac.v1.RoleRef": {"apiGroup"},
}
"""Fields that the schemas require and the server does not, and selectors, which have a rule of their own."""


def _anything(value: Any, at: At, problems: Problems) -> None:
    """Accept every value."""


def _text(value: Any, at: At, problems: Problems) -> None:
    if type(value) is not str:
        problems.schema(at, "is not text", value, "write text; put a number, true, false or a date in quotes")


def _boolean(value: Any, at: At, problems: Problems) -> None:
    if type(value) is not bool:
        problems.schema(at, "is not true or false", value, "write true or false without quotes")


def _number(value: Any, at: At, problems: Problems) -> None:
    if type(value) is not int and type(value) is not float:
        problems.schema(at, "is not a number", value, "write a number without quotes")


def _integer(bits: int) -> Check:
    highest = 2 ** (bits - 1) - 1

    def check(value: Any, at: At, problems: Problems) -> None:
        if type(value) is not int and not (type(value) is float and value.is_integer()):
            problems.schema(at, "is not a whole number", value, "write a whole number without quotes")
        elif not -highest - 1 <= value <= highest:
            problems.schema(at, f"is not a number of {bits} bits", value, "write a smaller number")

    return check


def _int_or_text(value: Any, at: At, problems: Problems) -> None:
    if type(value) is not int and type(value) is not str:
        problems.schema(at, "is neither a whole number nor text", value, "write one of them")


def _quantity(value: Any, at: At, problems: Problems) -> None:
    if type(value) is str:
        if not is_quantity(value):
            problems.schema(at, "is not a quantity", value, "write one such as '250m', '1.5' or '512Mi'")
    elif type(value) is not int and type(value) is not float:
        problems.schema(at, "is not a quantity", value, "write one such as '250m', '1.5' or '512Mi'")


def _time(value: Any, at: At, problems: Problems) -> None:
    if type(value) is not str or not _TIME.fullmatch(value):
        problems.schema(at, "is not a time", value, "write it such as '2030-01-31T00:00:00Z'")


def _base64(value: Any, at: At, problems: Problems) -> None:
    try:
        b64decode(value.replace("\n", "").replace("\r", ""), validate=True)
    except (AttributeError, ValueError):
        problems.schema(at, "is not base64", NOTHING, "encode it, or write it in stringData or data as text")


def _open_object(value: Any, at: At, problems: Problems) -> None:
    if type(value) is not dict:
        problems.schema(at, "is not a mapping", value, "write a mapping")


_SPECIAL: Mapping[str, Check] = {
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": _anything,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": _anything,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": _anything,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": _anything,
    "io.k8s.apimachinery.pkg.api.resource.Quantity": _quantity,
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": _open_object,
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": _time,
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": _time,
    "io.k8s.apimachinery.pkg.runtime.RawExtension": _open_object,
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": _int_or_text,
}


_NEEDED = {
    "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler": ("spec",),
    "io.k8s.api.batch.v1.CronJob": ("spec",),
    "io.k8s.api.batch.v1.Job": ("spec",),
    "io.k8s.api.batch.v1.JobTemplateSpec": ("spec",),
    "io.k8s.api.core.v1.HostAlias": ("ip",),
    "io.k8s.api.core.v1.PersistentVolumeClaim": ("spec",),
    "io.k8s.api.core.v1.Pod": ("spec",),
    "io.k8s.api.core.v1.PodDNSConfigOption": ("name",),
    "io.k8s.api.core.v1.PodTemplateSpec": ("spec",),
    "io.k8s.api.core.v1.Service": ("spec",),
    "io.k8s.api.networking.v1.Ingress": ("spec",),
}
"""Fields that the server requires and the schemas of some versions do not."""

_NEVER_EMPTY = frozenset(
    {
        *("completionMode", "fsGroupChangePolicy", "internalTrafficPolicy", "ipFamilyPolicy", "mountPropagation"),
        *("nodeAffinityPolicy", "nodeTaintsPolicy", "podReplacementPolicy", "preemptionPolicy", "procMount"),
        *("unhealthyPodEvictionPolicy", "volumeMode"),
    }
)
"""Enums that the server does not fill in for the empty text."""


class Checker:
    """Checks of one version of Kubernetes. `hooks` are further checks, by definition or by definition and field."""

    def __init__(self, definitions: Definitions, hooks: Mapping[str, Check]) -> None:
        self.definitions = definitions
        """Schemas of the version."""
        self._hooks = hooks
        self._checks: dict[str, Check] = dict(_SPECIAL)

    def of(self, name: str) -> Check:
        """Return the check of a definition."""
        found = self._checks.get(name)
        if found is None:
            schema = self.definitions.schema(name)
            if "properties" in schema:
                check = self._object(name, schema)
                found = self._checks[name] = check if depends_on_object(name, schema) else _remembered(check)
            else:
                found = self._checks[name] = self._check(schema)
        return found

    def _check(self, schema: Schema) -> Check:
        """Return the check of a part of a definition."""
        if "$ref" in schema:
            return self.of(schema["$ref"].removeprefix("#/$defs/"))
        match schema.get("type"), schema.get("format"):
            case "string", "byte":
                return _base64
            case "string", "date-time":
                return _time
            case "string", _:
                return _one_of(schema["enum"]) if "enum" in schema else _text
            case "integer", form:
                return _INT32 if form == "int32" else _INT64
            case "boolean", _:
                return _boolean
            case "number", _:
                return _number
            case "array", _:
                return _list(self._check(schema.get("items", {})))
            case "object", _:
                values: Any = schema.get("additionalProperties")
                return _map(self._check(cast(Schema, values))) if isinstance(values, dict) else _open_object
            case _:
                return _anything

    def _object(self, name: str, schema: Schema) -> Check:
        known: Mapping[str, Schema] = schema["properties"]
        written = (*schema.get("required", ()), *_NEEDED.get(name, ()))
        required = tuple(each for each in dict.fromkeys(written) if each not in _OPTIONAL.get(name, ()))
        short = ".".join(name.split(".")[-3:])
        hooks = self._hooks
        hook = hooks.get(short)
        fields: dict[str, Check] = {}

        def prepare(key: str) -> Check:
            check = self._check(known[key])
            enum = known[key].get("enum")
            if enum and key not in required and key not in _NEVER_EMPTY:
                check = _one_of(["", *enum])  # the server fills in the default for the empty text
            more = hooks.get(f"{short}.{key}")
            fields[key] = check = _both(check, more) if more else check
            return check

        def check(value: Any, at: At, problems: Problems) -> None:
            entries: dict[str, Any] = value
            if type(value) is not dict:
                problems.schema(at, "is not a mapping", value, "write a mapping")
                return
            before = problems.misfits
            for key, item in entries.items():
                test = fields.get(key)
                if test is None:
                    if key not in known:
                        do = f"{similar(str(key), known)}remove it, or correct its name"
                        problems.schema(at, f"has the unknown field {key!r}", NOTHING, do)
                        continue
                    test = prepare(key)
                if (test is _text and type(item) is str) or item is None:
                    continue
                test(item, (at, key), problems)
            for key in required:
                if entries.get(key) is None or entries[key] == "":
                    problems.schema((at, key), "is missing or empty", NOTHING, "set it")
            if hook is not None and problems.misfits == before:
                hook(value, at, problems)

        return check


_INT32, _INT64 = _integer(32), _integer(64)
_TRIES = 64
"""Number of values after which it is decided whether the values of a definition repeat."""
_MOST_REMEMBERED = 4096


def depends_on_object(name: str, schema: Schema) -> bool:
    """Return whether the check of a definition depends on the object around the value: all that hold pods, and whole objects."""
    if name.endswith(("PodSpec", "PodTemplateSpec")) or "apiVersion" in schema["properties"]:
        return True
    refers = [str(each.get("$ref", "")) for each in schema["properties"].values()]
    return any(each.endswith((".JobSpec", ".JobTemplateSpec", ".PodSpec", ".PodTemplateSpec")) for each in refers)


def _remembered(check: Check) -> Check:
    """Check equal values once: most parts of pods are the same in many services.

    Values are compared by their serialised form, which differs for 1 and true. If few values repeat, none is remembered.
    """
    good: set[tuple[str, bytes]] = set()
    tries, hits = 0, 0

    def remember(value: Any, at: At, problems: Problems) -> None:
        nonlocal tries, hits
        if tries >= _TRIES and hits * 2 < tries:
            check(value, at, problems)
            return
        tries += 1
        try:
            key = problems.kind, dumps(value, 2)
        except ValueError:  # not a plain value
            check(value, at, problems)
            return
        if key in good:
            hits += 1
            return
        before = len(problems.found)
        check(value, at, problems)
        if len(problems.found) == before and len(good) < _MOST_REMEMBERED:
            good.add(key)

    return remember


def _both(first: Check, second: Check) -> Check:
    def check(value: Any, at: At, problems: Problems) -> None:
        before = problems.misfits
        first(value, at, problems)
        if problems.misfits == before:
            second(value, at, problems)

    return check


def _one_of(values: list[str]) -> Check:
    known = frozenset(values)
    listed = ", ".join(repr(each) for each in values if each)

    def check(value: Any, at: At, problems: Problems) -> None:
        if type(value) is not str:
            _text(value, at, problems)
        elif value not in known:
            problems.schema(at, "is not a value of this field", value, f"write one of {listed}")

    return check


def _list(item: Check) -> Check:
    def check(value: Any, at: At, problems: Problems) -> None:
        if type(value) is not list:
            problems.schema(at, "is not a list", value, "write a list")
            return
        for index, each in enumerate(value):  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]
            if each is not None:
                item(each, (at, index), problems)

    return check


def _map(item: Check) -> Check:
    def check(value: Any, at: At, problems: Problems) -> None:
        if type(value) is not dict:
            problems.schema(at, "is not a mapping", value, "write a mapping")
            return
        for key, each in value.items():  # pyright: ignore[reportUnknownVariableType]
            if each is not None and not (item is _text and type(each) is str):  # pyright: ignore[reportUnknownArgumentType]
                item(each, (at, key), problems)  # pyright: ignore[reportUnknownArgumentType]

    return check
