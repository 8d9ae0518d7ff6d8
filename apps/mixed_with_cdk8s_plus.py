"""A shop on its way to this library: what is written with cdk8s-plus-27 stays, beside it and in the same chart."""

from kmop_constructs import (
    Account,
    Addresses,
    ConfigKey,
    Cpu,
    ExistingService,
    Image,
    KmopChart,
    Microservice,
    Peers,
    Platform,
    Pods,
    Resources,
    SecretKey,
    ServiceSpec,
    Size,
    Text,
)

import cdk8s_plus_27 as kp
from cdk8s import ApiObjectMetadata, App

CLUSTER = Platform(peers=Peers(api_server=Addresses.of("10.96.0.1/32", port=(443, 6443))))


def build(app: App, *, platform: Platform = CLUSTER) -> KmopChart:
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)

    # An L2 object goes wherever a name goes.
    database = kp.Secret.from_secret_name(chart, "database", "database")
    flags = kp.ConfigMap(chart, "flags", data={"checkout": "new"})
    web = Microservice(
        chart,
        "web",
        ServiceSpec(
            image=Image("ghcr.io/acme/web:2.3.0"),
            port=8080,
            resources=Resources(cpu=Cpu.millis(200), memory=Size.mib(256), memory_limit=Size.mib(256)),
            env={
                "DATABASE_URL": SecretKey(database, "url", external=True),
                "CHECKOUT": ConfigKey(flags, "checkout"),
            },
            files={"/etc/web/tax.csv": Text("country,percent\nDE,19\nFR,20\n")},
            account=Account(mount_token=True),
        ),
        uses=[ExistingService("stock", port=80, pod_port=8080, pod_labels={"app": "stock"}).http()],
        accepts=[
            Pods.of({"app": "stock"}),
            Pods.of({"app.kubernetes.io/name": "ingress-nginx"}, namespace="ingress-nginx"),
        ],
    )

    # A service of ours goes wherever cdk8s-plus takes its own.
    tax = kp.Volume.from_config_map(chart, "tax", web.config_map)
    stock = kp.Deployment(
        chart,
        "stock",
        replicas=2,
        pod_metadata=ApiObjectMetadata(labels={"app": "stock"}),
        containers=[
            kp.ContainerProps(
                image="ghcr.io/acme/stock:0.9.1",
                port_number=8080,
                volume_mounts=[kp.VolumeMount(path="/etc/stock", volume=tax)],
                env_variables={"DATABASE_URL": web.secret("database").env_value("url")},
            )
        ],
    )
    stock.expose_via_service(name="stock", ports=[kp.ServicePort(port=80, target_port=8080)])
    stock.scheduling.colocate(web.pods, weight=10)
    stock.node.add_dependency(web)

    front = kp.Ingress(chart, "front", class_name="nginx")
    front.add_host_rule("shop.example.com", "/", kp.IngressBackend.from_service(web.service))

    reader = kp.Role(chart, "reader")
    reader.allow_read(web.config_map)
    reader.bind(web.service_account)

    scraping = kp.NetworkPolicy(chart, "scraping", selector=web.pods)
    monitoring = kp.Namespaces.select(chart, "monitoring", names=["monitoring"])
    scraping.add_ingress_rule(monitoring, [kp.NetworkPolicyPort.tcp(8080)])
    return chart


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
