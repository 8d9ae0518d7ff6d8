"""Objects and pods that controllers make from objects of the app are not missing.

The excerpts of manifests of others are shortened. Their sources and licences, all Apache License 2.0 but where noted:

- Argo CD, manifests/ha/install.yaml: https://github.com/argoproj/argo-cd
- ingress-nginx, deploy/static/provider/cloud/deploy.yaml: https://github.com/kubernetes/ingress-nginx
- kube-prometheus, manifests/: https://github.com/prometheus-operator/kube-prometheus
- Longhorn, deploy/longhorn.yaml: https://github.com/longhorn/longhorn
- Istio, samples/grpc-echo/grpc-echo.yaml: https://github.com/istio/istio
- the chart that ``helm create`` writes: https://github.com/helm/helm
"""

from __future__ import annotations

from typing import Any

from kmop_constructs.core.chart import KmopChart
from kmop_constructs.values.env import ConfigKey, SecretKey
from kmop_constructs.values.files import ConfigDirectory
from kmop_constructs.values.image import Image
from kmop_constructs.workloads.microservice import Worker
from kmop_constructs.workloads.spec import WorkerSpec
from tests.checks.conftest import deployment, draw, errors, foreign, notices, service, thing

import pytest
from cdk8s import App, Chart

IMAGE = Image("acme/api:1")
CERTIFICATE = thing(
    "cert-manager.io/v1",
    "Certificate",
    "web",
    {
        "secretName": "login",
        "issuerRef": {"name": "acme"},
        "keystores": {"jks": {"create": True, "passwordSecretRef": {"name": "jks"}}},
    },
)
EXTERNAL = thing(
    "external-secrets.io/v1",
    "ExternalSecret",
    "web",
    {"target": {"name": "login"}, "data": [{"secretKey": "token", "remoteRef": {"key": "web"}}]},
)
SEALED = thing("bitnami.com/v1alpha1", "SealedSecret", "login", {"encryptedData": {"token": "AgB"}})
DRIVER = thing(
    "secrets-store.csi.x-k8s.io/v1",
    "SecretProviderClass",
    "vault",
    {"secretObjects": [{"secretName": "login", "type": "Opaque", "data": [{"objectName": "a", "key": "token"}]}]},
)
KV = {"mount": "kv", "path": "web", "type": "kv-v2"}
VAULT = thing("secrets.hashicorp.com/v1beta1", "VaultStaticSecret", "web", {"destination": {"name": "login"}, **KV})
TEMPLATES = {"excludeRaw": True, "excludes": [".*"], "templates": {"token": {"text": "{{ .Secrets.a }}"}}}
VAULT_KEYS = thing(
    "secrets.hashicorp.com/v1beta1",
    "VaultStaticSecret",
    "web",
    {"destination": {"name": "login", "transformation": TEMPLATES}, **KV},
)
ANNOTATED = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "web", "annotations": {"cert-manager.io/cluster-issuer": "letsencrypt"}},
    "spec": {
        "tls": [{"hosts": ["acme.io"], "secretName": "login"}],
        "defaultBackend": {"resource": {"apiGroup": "acme.io", "kind": "Page", "name": "a"}},
    },
}


@pytest.mark.parametrize(
    ("maker", "key"),
    [
        (CERTIFICATE, "tls.crt"),
        (CERTIFICATE, "keystore.jks"),
        (EXTERNAL, "token"),
        (SEALED, "token"),
        (DRIVER, "token"),
        (VAULT, "any"),
        (VAULT_KEYS, "token"),
        (ANNOTATED, "tls.key"),
    ],
)
def test_a_secret_that_a_controller_makes_exists(app: App, shop: KmopChart, maker: dict[str, Any], key: str) -> None:
    draw(shop, maker)
    Worker(shop, "api", WorkerSpec(image=IMAGE, env={"A": SecretKey("login", key)}))

    assert errors(app) == []


def test_a_key_that_the_controller_does_not_make_is_an_error(app: App, shop: KmopChart) -> None:
    draw(shop, EXTERNAL)
    Worker(shop, "api", WorkerSpec(image=IMAGE, env={"A": SecretKey("login", "tokn")}))

    assert errors(app) == [
        (
            "shop/api/deployment: reads the key 'tokn' of the Secret 'login', which ExternalSecret shop/web makes with 'token'; "
            "correct the key, or add it [reference-key]"
        )
    ]


def test_a_controller_makes_secrets_in_its_own_namespace(app: App, shop: KmopChart) -> None:
    draw(KmopChart(app, "other", namespace="other"), EXTERNAL)
    Worker(shop, "api", WorkerSpec(image=IMAGE, env={"A": SecretKey("login", "token")}))

    assert "[reference-missing]" in errors(app)[0]


def test_the_roots_of_the_cluster_exist_in_every_namespace(app: App, shop: KmopChart) -> None:
    files = {"/etc/roots": ConfigDirectory("kube-root-ca.crt")}
    Worker(shop, "api", WorkerSpec(image=IMAGE, env={"A": ConfigKey("kube-root-ca.crt", "ca.crt")}, files=files))

    assert errors(app) == []


MAY_CREATE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "Role",
    "metadata": {"name": "ingress-nginx-admission"},
    "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "create"]}],
}


def test_a_secret_that_pods_of_others_may_create_is_no_notice(app: App, plain: Chart) -> None:
    """A Job of ingress-nginx makes the certificate that its controller reads."""
    volume = {"name": "webhook-cert", "secret": {"secretName": "ingress-nginx-admission"}}
    foreign(plain, deployment("ingress-nginx-controller", pod={"volumes": [volume]}), MAY_CREATE)

    assert notices(app) == []


def test_a_role_for_reading_makes_no_secret(app: App, plain: Chart) -> None:
    volume = {"name": "webhook-cert", "secret": {"secretName": "ingress-nginx-admission"}}
    reading = {**MAY_CREATE, "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}]}
    foreign(plain, deployment("ingress-nginx-controller", pod={"volumes": [volume]}), reading)

    assert "[reference-missing]" in notices(app)[0]


def test_a_service_may_select_one_pod_of_a_stateful_set(app: App, shop: KmopChart) -> None:
    """Argo CD has such a Service for each pod of Redis."""
    labels = {"app": "redis"}
    draw(shop, deployment("redis", kind="StatefulSet", labels=labels, ports=[{"containerPort": 6379, "name": "redis"}]))
    name = "statefulset.kubernetes.io/pod-name"
    draw(shop, service("redis-0", selector={**labels, name: "redis-0"}, targetPort="redis"))
    draw(shop, service("other-0", selector={**labels, name: "other-0"}, targetPort="redis"))

    (found,) = errors(app)
    assert found.startswith("shop/service-other-0-0: selects no pods of this app")


def test_pods_of_an_operator_have_labels_of_its_api_group(app: App, plain: Chart) -> None:
    """Longhorn starts these pods when it needs them. Its role names its API group."""
    foreign(plain, service("longhorn-engine-manager", selector={"longhorn.io/component": "instance-manager"}))
    assert "[selector-no-pods]" in notices(app)[0]
    rules = [{"apiGroups": ["longhorn.io"], "resources": ["volumes"], "verbs": ["*"]}]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": rules}
    foreign(plain, {**role, "metadata": {"name": "longhorn-role"}})

    assert notices(app) == []


def test_pods_of_prometheus_have_the_labels_of_their_resource(app: App, plain: Chart) -> None:
    labels = {"app.kubernetes.io/component": "prometheus", "app.kubernetes.io/instance": "k8s"}
    prometheus = thing("monitoring.coreos.com/v1", "Prometheus", "k8s", {"podMetadata": {"labels": labels}})
    foreign(plain, prometheus, service("prometheus-k8s", selector={"app.kubernetes.io/name": "prometheus", **labels}))

    assert notices(app) == []


def test_a_monitor_of_a_service_makes_no_pods(app: App, plain: Chart) -> None:
    monitor = thing("monitoring.coreos.com/v1", "ServiceMonitor", "api", {"podMetadata": {"labels": {"app": "api"}}})
    foreign(plain, monitor, service())

    assert "[selector-no-pods]" in notices(app)[0]


HELM_TEST = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "test-connection", "labels": {"app": "api"}, "annotations": {"helm.sh/hook": "test"}},
    "spec": {"containers": [{"name": "wget", "image": "busybox"}], "restartPolicy": "Never"},
}


def test_the_test_pod_of_a_chart_is_no_pod_of_the_service(app: App, plain: Chart) -> None:
    """The chart of ``helm create`` gives its test pod the labels that the workload and the Service select."""
    foreign(plain, deployment(ports=[{"containerPort": 8080, "name": "http"}]), service(targetPort="http"), HELM_TEST)

    assert notices(app) == []


def test_another_pod_with_the_labels_is_a_notice(app: App, plain: Chart) -> None:
    other = {**HELM_TEST, "metadata": {"name": "stray", "labels": {"app": "api"}}}
    foreign(plain, deployment(ports=[{"containerPort": 8080, "name": "http"}]), service(targetPort="http"), other)

    assert [each.rpartition("[")[2] for each in notices(app)] == ["selector-overlap]", "service-port]"]


@pytest.mark.parametrize(("value", "injected"), [("grpc-agent", True), ("false", False)])
def test_an_injector_may_add_the_port_of_a_service(app: App, plain: Chart, value: str, *, injected: bool) -> None:
    """Istio's agent for gRPC adds a container with the port, at the start of the pod."""
    drawn = deployment(ports=[{"containerPort": 17070}])
    drawn["spec"]["template"]["metadata"]["annotations"] = {"inject.istio.io/templates": value}
    foreign(plain, drawn, service(targetPort=18080))

    assert (notices(app) == []) is injected


@pytest.mark.parametrize("beside", [{}, {"ports": [{"containerPort": 8082}]}], ids=["no port", "port"])
def test_a_container_without_ports_may_have_any(app: App, plain: Chart, beside: dict[str, Any]) -> None:
    drawn = deployment(ports=[{"containerPort": 8081}])
    drawn["spec"]["template"]["spec"]["containers"].append({"name": "oidc", "image": "acme/oidc:1", **beside})
    foreign(plain, drawn, service(targetPort=8443))

    assert (notices(app) == []) is (beside == {})


TRUST = {"apiVersion": "certificates.k8s.io/v1beta1", "kind": "ClusterTrustBundle"}
USER = {"apiVersion": "user.openshift.io/v1", "kind": "Identity"}


@pytest.mark.parametrize("head", [TRUST, USER], ids=lambda each: str(each["kind"]))
def test_a_name_of_this_kind_may_hold_colons(app: App, plain: Chart, head: dict[str, Any]) -> None:
    foreign(plain, {**head, "metadata": {"name": "example.com:anchors:live"}})

    assert [each for each in errors(app) if "object-name" in each] == []
