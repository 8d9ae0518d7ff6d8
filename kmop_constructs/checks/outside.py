"""Objects and pods that no manifest of an app shows, because a controller makes them from what the app draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.plain import Plain, mapping, mappings, texts, within

if TYPE_CHECKING:
    from kmop_constructs.checks.inventory import Inventory
    from kmop_constructs.checks.reading import Item
    from kmop_constructs.core.network.label_selectors import LabelSelector

__all__ = [
    "IN_EVERY_NAMESPACE",
    "MadeObject",
    "is_injected",
    "is_test",
    "made_objects",
    "may_make_pods",
    "may_make_secrets",
    "secrets_of_route",
]

IN_EVERY_NAMESPACE = frozenset(
    {
        ("ConfigMap", "kube-root-ca.crt"),
        ("ConfigMap", "openshift-service-ca.crt"),
        ("ServiceAccount", "default"),
    }
)
"""Kind and name of the objects that a cluster makes in every namespace
(https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/, ``root-ca-cert-publisher``)."""

_CERTIFICATE_KEYS = frozenset({"ca.crt", "tls.crt", "tls.key"})
_KEYSTORE_KEYS = {
    "jks": ("keystore.jks", "truststore.jks"),
    "pkcs12": ("keystore.p12", "truststore.p12"),
}
_OUTPUT_KEYS = {"CombinedPEM": "tls-combined.pem", "DER": "key.der"}
_ISSUERS = ("cert-manager.io/cluster-issuer", "cert-manager.io/issuer")


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeObject:
    """A Secret or ConfigMap that a controller makes."""

    kind: str
    """``Secret`` or ``ConfigMap``."""

    name: str
    """Name of the object, in the namespace of the object that it is made from."""

    item: Item
    """Object that it is made from."""

    keys: frozenset[str] | None
    """Keys of the object. ``None`` if they are not known."""

    labels: Mapping[str, object] | None = None
    """Labels of the object. Default: not known."""


def made_objects(inventory: Inventory) -> Iterator[MadeObject]:
    """Yield the Secrets and ConfigMaps that well-known controllers make from objects of the app."""
    for item in inventory.of("external-secrets.io", "ExternalSecret"):
        name = within(item.spec, "target", "name") or item.name
        labels = within(item.spec, "target", "template", "metadata", "labels")
        yield MadeObject(kind="Secret", name=str(name), item=item, keys=_external_keys(item), labels=mapping(labels))
    for item in inventory.of("bitnami.com", "SealedSecret"):
        name = within(item.spec, "template", "metadata", "name") or item.name
        templates = mapping(within(item.spec, "template", "data"))
        keys = {*mapping(item.spec.get("encryptedData")), *templates}
        omitted = {key for key, value in templates.items() if value is None}
        labels = mapping(within(item.spec, "template", "metadata", "labels"))
        yield MadeObject(kind="Secret", name=str(name), item=item, keys=_texts(keys - omitted), labels=labels)
    for item in inventory.of("cert-manager.io", "Certificate"):
        yield MadeObject(kind="Secret", name=str(item.spec.get("secretName")), item=item, keys=_certificate_keys(item))
    for item in (
        *inventory.of("networking.k8s.io", "Ingress"),
        *inventory.of("gateway.networking.k8s.io", "Gateway"),
    ):
        annotations = mapping(within(item.object, "metadata", "annotations"))
        if any(each in annotations for each in _ISSUERS):
            for name in secrets_of_route(item):
                yield MadeObject(kind="Secret", name=name, item=item, keys=_CERTIFICATE_KEYS)
    for item in inventory.of("secrets-store.csi.x-k8s.io", "SecretProviderClass"):
        for each in mappings(item.spec.get("secretObjects")):
            keys = {one.get("key") for one in mappings(each.get("data"))}
            yield MadeObject(kind="Secret", name=str(each.get("secretName")), item=item, keys=_texts(keys))
    for item in inventory.of("secrets.hashicorp.com", "VaultDynamicSecret", "VaultPKISecret", "VaultStaticSecret"):
        name = within(item.spec, "destination", "name")
        if isinstance(name, str):
            labels = mapping(within(item.spec, "destination", "labels"))
            yield MadeObject(kind="Secret", name=name, item=item, keys=_template_keys(item), labels=labels)


def _external_keys(item: Item) -> frozenset[str] | None:
    """Return the keys of an ExternalSecret. ``None`` if all fields of a secret of the store are copied.

    A template with data replaces what was read, unless it says that it is merged
    (https://external-secrets.io/latest/guides/templating/#merge-behavior).
    """
    template = mapping(within(item.spec, "target", "template"))
    templated = {*mapping(template.get("data"))}
    if template.get("templateFrom"):
        return None
    if templated and template.get("mergePolicy") != "Merge":
        return _texts(templated)
    if item.spec.get("dataFrom"):
        return None
    return _texts(templated | {each.get("secretKey") for each in mappings(item.spec.get("data"))})


def _template_keys(item: Item) -> frozenset[str] | None:
    """Return the keys that templates of Vault Secrets Operator make. ``None`` if fields of Vault are copied too."""
    found = mapping(within(item.spec, "destination", "transformation"))
    only = found.get("excludeRaw") is True and found.get("excludes") == [".*"] and not found.get("transformationRefs")
    return frozenset(map(str, mapping(found.get("templates")))) if only else None


def _certificate_keys(item: Item) -> frozenset[str]:
    stores = mapping(item.spec.get("keystores"))
    keys = [key for store, found in _KEYSTORE_KEYS.items() if store in stores for key in found]
    formats = [str(each.get("type")) for each in mappings(item.spec.get("additionalOutputFormats"))]
    return _CERTIFICATE_KEYS | {*keys, *(_OUTPUT_KEYS[each] for each in formats if each in _OUTPUT_KEYS)}


def secrets_of_route(item: Item) -> Iterator[str]:
    """Yield the names of the Secrets with certificates that an Ingress or Gateway reads."""
    for tls in mappings(item.spec.get("tls")):
        if isinstance(tls.get("secretName"), str):
            yield tls["secretName"]
    for listener in mappings(item.spec.get("listeners")):
        for reference in mappings(within(listener, "tls", "certificateRefs")):
            if isinstance(reference.get("name"), str):
                yield reference["name"]


def may_make_secrets(inventory: Inventory, item: Item) -> bool:
    """Return whether a Role in the namespace of an object permits to create Secrets: a pod of the app may make them."""
    for role in inventory.of("rbac.authorization.k8s.io", "Role"):
        if role.scope == item.scope and any(_creates_secrets(rule) for rule in mappings(role.object.get("rules"))):
            return True
    return False


def _creates_secrets(rule: Plain) -> bool:
    verbs, resources = _texts(rule.get("verbs")), _texts(rule.get("resources"))
    return (
        bool({"create", "*"} & verbs)
        and bool({"secrets", "*"} & resources)
        and bool({"", "*"} & _texts(rule.get("apiGroups")))
    )


_MONITORING = ("monitoring.coreos.com", ("Alertmanager", "Prometheus", "PrometheusAgent", "ThanosRuler"))


def may_make_pods(inventory: Inventory, item: Item, selector: LabelSelector) -> bool:
    """Return whether a controller of the app may make the pods of a selector.

    Operators label their pods with a key of their own API group, such as ``cnpg.io/cluster``. Prometheus' operator takes the
    labels of the custom resource, and its name.
    """
    wanted = dict(selector.match_labels)
    keys = [*wanted, *(each.key for each in selector.match_expressions)]
    if any(_is_of_group(key.partition("/")[0], groups) for key in keys if "/" in key for groups in (inventory.groups,)):
        return True
    group, kinds = _MONITORING
    for made in inventory.of(group, *kinds):
        labels = {
            **texts(within(made.object, "metadata", "labels")),
            **texts(within(made.spec, "podMetadata", "labels")),
            "app.kubernetes.io/instance": made.name,
            "app.kubernetes.io/name": made.kind.lower(),
            made.kind.lower(): made.name,
        }
        if made.scope == item.scope and selector.matches(labels):
            return True
    return False


def _is_of_group(domain: str, groups: frozenset[str]) -> bool:
    if domain.endswith(("kubernetes.io", "k8s.io")):
        return False
    return any(group == domain or group.endswith(f".{domain}") for group in groups)


def is_test(item: Item) -> bool:
    """Return whether an object is a test of Helm: its pod runs only when a user starts the test."""
    hooks = mapping(within(item.object, "metadata", "annotations")).get("helm.sh/hook")
    return isinstance(hooks, str) and any(
        each.strip() in ("test", "test-success", "test-failure") for each in hooks.split(",")
    )


def is_injected(metadata: Plain) -> bool:
    """Return whether labels or annotations of a pod request containers from an injector.

    Such as ``sidecar.istio.io/inject``, ``inject.istio.io/templates``, ``linkerd.io/inject`` or ``dapr.io/enabled``.
    """
    pairs = {**texts(metadata.get("labels")), **texts(metadata.get("annotations"))}
    return any(
        value not in ("", "disabled", "false") and ("inject" in key or key == "dapr.io/enabled")
        for key, value in pairs.items()
    )


def _texts(values: object) -> frozenset[str]:
    if not isinstance(values, list | set):
        return frozenset()
    return frozenset(each for each in cast("Iterable[object]", values) if isinstance(each, str))
