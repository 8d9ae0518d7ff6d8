"""A service with a certificate: its files, its checks of health, and the edges of its callers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kmop_constructs import (
    ConfigKey,
    ExternalHost,
    GrpcCheck,
    Health,
    HttpGet,
    Image,
    KmopChart,
    Metrics,
    Microservice,
    NodeAgent,
    NodeAgentSpec,
    Platform,
    Port,
    ServerTls,
    ServiceCertificate,
    ServiceRef,
    ServiceSpec,
    SpecError,
    Task,
    TaskSpec,
    Text,
    UnsupportedError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.authors import Edge
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.providers.reloader import Reloader
from kmop_constructs.testing import synthesize
from kmop_constructs.variables import AuthorityFile, CertificateFile, KeyFile

import pytest
from cdk8s import App

IMAGE = Image("acme/web:1")
CA = Platform(certificates=CertManager(issuer="internal-ca"))
BUNDLE = ConfigKey("internal-ca", "ca.crt", external=True)
WITH_BUNDLE = Platform(certificates=CertManager(issuer="internal-ca", authority=BUNDLE))
OWN = ServiceCertificate()
SECURE = Port(8443, tls=True)
MUTUAL = Port(8443, tls=True, client_certificates=True)
SHOWN = Health(path="/healthz")


@pytest.fixture
def chart(app: App) -> KmopChart:
    return KmopChart(app, "shop", namespace="shop", platform=CA)


def payments(
    chart: KmopChart, *ports: Port, certificate: ServiceCertificate | None = OWN, **fields: Any
) -> Microservice:
    spec = ServiceSpec(image=IMAGE, port=ports or (SECURE,), certificate=certificate, **fields)
    return Microservice(chart, "payments", spec)


def caller(chart: KmopChart, *uses: Edge, certificate: ServiceCertificate | None = None) -> Worker:
    return Worker(chart, "orders", WorkerSpec(image=IMAGE, certificate=certificate), uses=uses)


def container(workload: Microservice | Worker | Task) -> dict[str, Any]:
    template: Any = workload.planned.template
    return template["spec"]["containers"][0]


def env(workload: Microservice | Worker) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container(workload).get("env", [])}


def volume_at(workload: Microservice | Worker | Task, path: str) -> dict[str, Any]:
    name = next(each["name"] for each in container(workload)["volumeMounts"] if each["mountPath"] == path)
    template: Any = workload.planned.template
    return next(
        {k: v for k, v in each.items() if k != "name"} for each in template["spec"]["volumes"] if each["name"] == name
    )


def rules(app: App) -> list[str]:
    return [notice.rule for notice in synthesize(app).notices if notice.rule != "resources-guessed"]


# Files


def test_a_certificate_is_a_directory_of_the_container(chart: KmopChart) -> None:
    assert volume_at(payments(chart), "/etc/tls") == {"secret": {"secretName": "payments-tls"}}


def test_a_task_has_a_certificate_as_a_client(app: App, chart: KmopChart) -> None:
    task = Task(chart, "import", TaskSpec(image=IMAGE, certificate=OWN))
    assert volume_at(task, "/etc/tls") == {"secret": {"secretName": "import-tls"}}
    assert "certificate-renewal" not in rules(app)  # each run reads it anew


def test_path_and_mode_of_the_files_can_be_set(chart: KmopChart) -> None:
    service = payments(chart, certificate=ServiceCertificate(path="/run/tls/", mode=0o440))
    assert volume_at(service, "/run/tls") == {"secret": {"secretName": "payments-tls", "defaultMode": 0o440}}


def test_the_path_must_be_free(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match=r"shop/payments: certificate.path: also the path .*'/etc/tls'; choose another"):
        payments(chart, files={"/etc/tls": Text("a")})


def test_a_service_without_a_certificate_draws_none(app: App) -> None:
    chart = KmopChart(app, "plain", namespace="plain")
    web = Microservice(chart, "web", ServiceSpec(image=IMAGE, port=8080))
    assert web.planned.certificate is None
    assert [intent.job for intent in web.planned.intents if intent.job == "certificates"] == []


def test_a_certificate_needs_its_secret_without_a_provider(app: App) -> None:
    chart = KmopChart(app, "plain", namespace="plain")
    with pytest.raises(
        UnsupportedError,
        match=r"certificate.secret: not set.*a provider that makes certificates \(CertManager, VaultPki\)",
    ):
        payments(chart)


def test_an_existing_secret_is_required_of_the_cluster(app: App) -> None:
    chart = KmopChart(app, "plain", namespace="plain")
    payments(chart, certificate=ServiceCertificate(secret="bought"))
    assert [str(each) for each in synthesize(app).required] == ["Secret plain/bought (for plain/payments/deployment)"]


def test_an_existing_secret_has_its_own_duration(app: App) -> None:
    chart = KmopChart(app, "plain", namespace="plain")
    with pytest.raises(UnsupportedError, match=r"certificate.key: has no effect on the existing Secret 'bought'"):
        payments(chart, certificate=ServiceCertificate(secret="bought", key="RSA-2048"))


# Renewal


def test_a_process_that_does_not_reload_has_a_notice(app: App, chart: KmopChart) -> None:
    payments(chart)
    (notice,) = [each for each in synthesize(app).notices if each.rule == "certificate-renewal"]
    assert notice.message.startswith(
        "its certificate is renewed every 60 days, but the process reads the files at start"
    )


def test_a_process_that_reloads_has_no_notice(app: App, chart: KmopChart) -> None:
    payments(chart, certificate=ServiceCertificate(reloads=True))
    assert "certificate-renewal" not in rules(app)


# Ports and checks of health


def test_a_port_with_tls_is_named_by_it(chart: KmopChart) -> None:
    ports = (SECURE, Port.grpc(9443, tls=True), Port.tcp(5443, tls=True), Port(8080))
    assert [each.name for each in payments(chart, *ports).facts.ports] == ["https", "grpcs", "tls", "http"]


def test_a_health_path_is_checked_over_https(chart: KmopChart) -> None:
    drawn = container(payments(chart, health="/healthz"))
    assert drawn["readinessProbe"]["httpGet"] == {"path": "/healthz", "port": "https", "scheme": "HTTPS"}
    assert drawn["startupProbe"]["httpGet"]["scheme"] == "HTTPS"
    assert drawn["livenessProbe"]["tcpSocket"] == {"port": "https"}


def test_a_check_of_another_port_stays_plain(chart: KmopChart) -> None:
    ports = (SECURE, Port(8080, exposed=False))
    drawn = container(payments(chart, *ports, health=Health(readiness=HttpGet("/ready", port="http"))))
    assert drawn["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "http"}


def test_a_grpc_port_with_tls_is_checked_over_tcp(chart: KmopChart) -> None:
    """The kubelet's check of gRPC has no TLS."""
    drawn = container(payments(chart, Port.grpc(9443, tls=True)))
    assert {name: next(iter(drawn[name])) for name in ("readinessProbe", "livenessProbe")} == {
        "readinessProbe": "tcpSocket",
        "livenessProbe": "tcpSocket",
    }


@pytest.mark.parametrize(
    ("port", "health", "message"),
    [
        (Port.grpc(9443, tls=True), Health(readiness=GrpcCheck()), "a gRPC check of a port with TLS"),
        (Port.grpc(9443, tls=True), Health(grpc_liveness="live"), "a gRPC check of a port with TLS"),
        (MUTUAL, SHOWN, "which requires a certificate that the kubelet does not have"),
        (SECURE, Health(readiness=HttpGet("/", scheme="HTTP")), "a check over plain HTTP of the port 'https'"),
    ],
)
def test_a_check_that_cannot_succeed_is_an_error(chart: KmopChart, port: Port, health: Health, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        payments(chart, port, health=health)


def test_metrics_over_tls_are_scraped_over_https(chart: KmopChart) -> None:
    template: Any = payments(chart, metrics=Metrics()).planned.template
    assert template["metadata"]["annotations"]["prometheus.io/scheme"] == "https"


# Callers


def test_a_caller_gets_an_https_address_and_the_authority(app: App, chart: KmopChart) -> None:
    orders = caller(chart, payments(chart).http(path="/v1"))
    assert env(orders) == {
        "PAYMENTS_CA_FILE": "/etc/authorities/payments/ca.crt",
        "PAYMENTS_URL": "https://payments:8443/v1",
    }
    assert rules(app) == ["certificate-renewal"]


def test_a_caller_gets_no_private_key_of_the_callee(chart: KmopChart) -> None:
    """Of the callee's Secret, one file is in the caller's pod."""
    orders = caller(chart, payments(chart).http())
    assert volume_at(orders, "/etc/authorities/payments") == {
        "secret": {"secretName": "payments-tls", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    }


def test_a_caller_with_a_certificate_uses_its_own_authority(chart: KmopChart) -> None:
    orders = caller(chart, payments(chart).http(), certificate=OWN)
    assert env(orders) == {"PAYMENTS_CA_FILE": "/etc/tls/ca.crt", "PAYMENTS_URL": "https://payments:8443"}


def test_a_caller_in_another_namespace_needs_an_authority(app: App, chart: KmopChart) -> None:
    other = KmopChart(app, "desk", namespace="desk", platform=CA)
    edge = payments(chart).http()
    with pytest.raises(SpecError, match=r"desk/orders: uses: payments.http\(\) of namespace shop: the caller cannot read the "
                       "authority .*Secret 'payments-tls' of another namespace; give the caller a certificate"):  # fmt: skip
        caller(other, edge)


def test_a_caller_in_another_namespace_may_have_a_certificate(app: App, chart: KmopChart) -> None:
    other = KmopChart(app, "desk", namespace="desk", platform=CA)
    orders = caller(other, payments(chart).http(), certificate=OWN)
    assert env(orders) == {"PAYMENTS_CA_FILE": "/etc/tls/ca.crt", "PAYMENTS_URL": "https://payments.shop.svc:8443"}


def test_an_announced_authority_is_mounted_in_each_namespace(app: App) -> None:
    shop = KmopChart(app, "shop", namespace="shop", platform=WITH_BUNDLE)
    desk = KmopChart(app, "desk", namespace="desk", platform=WITH_BUNDLE)
    orders = caller(desk, payments(shop).http())
    assert env(orders)["PAYMENTS_CA_FILE"] == "/etc/authorities/payments.shop.svc/ca.crt"
    assert volume_at(orders, "/etc/authorities/payments.shop.svc") == {
        "configMap": {"name": "internal-ca", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    }


def test_an_edge_may_name_another_authority(chart: KmopChart) -> None:
    other = ServerTls(authority=ConfigKey("partners", "root.pem", external=True))
    orders = caller(chart, payments(chart).http(tls=other))
    assert volume_at(orders, "/etc/authorities/payments") == {
        "configMap": {"name": "partners", "items": [{"key": "root.pem", "path": "ca.crt"}]}
    }


def test_issuers_of_two_namespaces_are_two_authorities(app: App) -> None:
    own = Platform(certificates=CertManager(issuer="ca", kind="Issuer"))
    shop = KmopChart(app, "shop", namespace="shop", platform=own)
    desk = KmopChart(app, "desk", namespace="desk", platform=own)
    edge = payments(shop).http()
    with pytest.raises(SpecError, match="the caller cannot read the authority"):
        caller(desk, edge, certificate=OWN)


def test_a_server_with_a_certificate_of_its_own_gives_none(chart: KmopChart) -> None:
    """The library does not know who issued it."""
    orders = caller(chart, payments(chart, certificate=None).http())
    assert env(orders) == {"PAYMENTS_URL": "https://payments:8443"}


@pytest.mark.parametrize(
    ("port", "verb", "address"),
    [(Port.grpc(9443, tls=True), "grpc", "payments:9443"), (Port.tcp(5443, tls=True), "tcp", "payments:5443")],
)
def test_grpc_and_tcp_callers_get_the_authority_too(chart: KmopChart, port: Port, verb: str, address: str) -> None:
    edge = getattr(payments(chart, port), verb)()
    assert edge.connection.tls
    assert env(caller(chart, edge)) == {
        "PAYMENTS_ADDR": address,
        "PAYMENTS_CA_FILE": "/etc/authorities/payments/ca.crt",
    }


def test_an_edge_without_variables_still_mounts_the_authority(chart: KmopChart) -> None:
    orders = caller(chart, payments(chart).http(env=None))
    assert env(orders) == {}
    assert volume_at(orders, "/etc/authorities/payments")


# Mutual TLS


def test_mutual_tls_is_one_edge_and_one_field(app: App, chart: KmopChart) -> None:
    orders = caller(chart, payments(chart, MUTUAL).http(), certificate=OWN)
    assert env(orders) == {
        "PAYMENTS_CA_FILE": "/etc/tls/ca.crt",
        "PAYMENTS_CERT_FILE": "/etc/tls/tls.crt",
        "PAYMENTS_KEY_FILE": "/etc/tls/tls.key",
        "PAYMENTS_URL": "https://payments:8443",
    }
    assert set(rules(app)) == {"certificate-renewal"}


def test_the_variables_of_the_files_can_be_named(chart: KmopChart) -> None:
    names: Sequence[Any] = ("PAY", AuthorityFile("CA"), CertificateFile("CERT"), KeyFile("KEY"))
    orders = caller(chart, payments(chart, MUTUAL).http(env=names), certificate=OWN)
    assert env(orders) == {
        "CA": "/etc/tls/ca.crt",
        "CERT": "/etc/tls/tls.crt",
        "KEY": "/etc/tls/tls.key",
        "PAY": "https://payments:8443",
    }


def test_a_variable_for_a_file_that_is_not_there_is_an_error(chart: KmopChart) -> None:
    edge = payments(chart, Port(8080)).http(env=AuthorityFile("CA"))
    with pytest.raises(SpecError, match="variable CA: no file for it: the authority of the callee is not known here"):
        caller(chart, edge)


# References by name


def test_a_service_by_name_has_the_issuer_of_the_platform(chart: KmopChart) -> None:
    edge = ServiceRef("payments", port=8443, tls=ServerTls(client_certificates=True)).http()
    assert env(caller(chart, edge, certificate=OWN)) == {
        "PAYMENTS_CA_FILE": "/etc/tls/ca.crt",
        "PAYMENTS_CERT_FILE": "/etc/tls/tls.crt",
        "PAYMENTS_KEY_FILE": "/etc/tls/tls.key",
        "PAYMENTS_URL": "https://payments:8443",
    }


def test_a_service_by_name_may_be_verified_by_the_image(chart: KmopChart) -> None:
    assert env(caller(chart, ServiceRef("payments", port=8443, tls=True).http())) == {
        "PAYMENTS_URL": "https://payments:8443"
    }


def test_a_service_by_name_needs_an_authority(chart: KmopChart) -> None:
    with pytest.raises(SpecError, match="the service is known by its name alone; give the caller a certificate"):
        caller(chart, ServiceRef("payments", port=8443, tls=ServerTls()).http())


def test_a_host_outside_takes_an_authority(chart: KmopChart) -> None:
    orders = caller(chart, ExternalHost("api.acme.io").http(tls=ServerTls(authority=BUNDLE), env="API"))
    assert env(orders) == {"API": "https://api.acme.io"}
    assert volume_at(orders, "/etc/authorities/api.acme.io")["configMap"]["name"] == "internal-ca"


def test_a_node_has_no_name_in_a_certificate(chart: KmopChart) -> None:
    agent = NodeAgent(chart, "logs", NodeAgentSpec(image=IMAGE, port=Port(8443, host_port=8443, tls=True)))
    with pytest.raises(SpecError, match="shop/logs: on_node: port 8443 speaks TLS"):
        agent.on_node()


# Reloads


def test_a_tool_that_replaces_pods_follows_renewals(app: App) -> None:
    platform = Platform(certificates=CertManager(issuer="internal-ca"), reload=Reloader())
    payments(KmopChart(app, "shop", namespace="shop", platform=platform))
    result = synthesize(app)
    deployment: Any = result.one("Deployment", "payments")
    assert deployment["metadata"]["annotations"]["secret.reloader.stakater.com/reload"] == "payments-tls"
    assert {"certificate-renewal", "secret-rotation"} & {notice.rule for notice in result.notices} == set()


def test_a_renewal_is_the_subject_of_one_notice(app: App, chart: KmopChart) -> None:
    payments(chart)
    found = [notice.rule for notice in synthesize(app).notices]
    assert found.count("certificate-renewal") == 1
    assert "secret-rotation" not in found
