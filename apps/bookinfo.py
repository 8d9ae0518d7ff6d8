"""Bookinfo, Istio's sample: versions side by side behind one Service, without a mesh.

The facts are those of the manifests in samples/bookinfo of github.com/istio/istio at commit 86c9f01 (Apache-2.0), with
the variants that keep ratings in MongoDB and MySQL; calls that no manifest names are those of the sources beside them.
What is deliberately otherwise is in tests/apps/bookinfo.accept.yaml, each with its reason.
"""

from dataclasses import replace
from functools import partial

from kmop_constructs import (
    Account,
    Cpu,
    Credentials,
    EmptyDir,
    Exposure,
    ExternalHost,
    Identity,
    Image,
    InlineSecret,
    KmopChart,
    Metrics,
    Microservice,
    NativeNamespace,
    NativeSecret,
    PathRoute,
    Peers,
    Platform,
    Pods,
    Replicas,
    Resources,
    Security,
    Service,
    ServiceRef,
    ServiceSpec,
    Size,
    allow,
)
from kmop_constructs.providers.native import (
    NativeDataOptions,
    NativeGateway,
    NativeGatewayOptions,
    NativeMongo,
    NativeMySql,
)
from kmop_constructs.variables import Host, Password, PortNumber, UserName

from cdk8s import App

REGISTRY = "registry.istio.io/release/examples-bookinfo"
RELEASE = "1.20.3"
PLATFORM = Platform(
    gateway=partial(NativeGateway, options=NativeGatewayOptions(ingress_class="istio")),
    peers=Peers(
        ingress_controller=Pods.of({"istio": "ingressgateway"}, namespace="istio-system"),
        scraper=Pods.of({"app.kubernetes.io/name": "prometheus"}, namespace="istio-system"),
    ),
)

# The Services by name and port. Each leads to every version of its application.
DETAILS = ServiceRef("details", port=9080)
RATINGS = ServiceRef("ratings", port=9080)
REVIEWS = ServiceRef("reviews", port=9080)


def sized(memory: int) -> Resources:
    return Resources(cpu=Cpu.millis(100), memory=Size.mib(memory), memory_limit=Size.mib(2 * memory))


def user(number: int) -> Security:
    return Security(run_as_user=number, run_as_group=number)


def version(application: str, version: str, *, image: str | None = None, account: Account | None = None) -> ServiceSpec:
    """A version: behind the Service that leads to all of its application, and with one of its own."""
    return ServiceSpec(
        image=Image(f"{REGISTRY}-{image or f'{application}-{version}'}:{RELEASE}"),
        port=9080,
        health="/health",
        identity=Identity(app_name=application, version=version),
        service=(Service(shared=True), Service(name=f"{application}-{version}")),
        account=account or Account(),
        resources=sized(64),
        security=user(1000),
        scaling=Replicas(1),
    )


def reviews(number: str) -> ServiceSpec:
    """A version of the reviews, which Open Liberty serves. All of them run as one account."""
    output = EmptyDir("wlp-output")
    return replace(
        version("reviews", number, account=Account(name="bookinfo-reviews", create=number == "v1")),
        env={"LOG_DIR": "/tmp/logs"},
        # The image writes to the second path; the first is that of an older one, which the manifests still mount.
        volumes={"/opt/ibm/wlp/output": output, "/opt/ol/wlp/output": output},
        resources=sized(256),
        security=user(1001),
    )


def database(application: str, *args: str) -> NativeDataOptions:
    """A database that its image fills. The arguments are the sample's."""
    return NativeDataOptions(
        identity=Identity(app_name=application, version="v1"), service=Service(name=application), args=args
    )


def at(name: str) -> tuple[Host, PortNumber]:
    """The variables that the sources read for the address of a service."""
    return Host(f"{name}_HOSTNAME"), PortNumber(f"{name}_SERVICE_PORT")


class Bookinfo(KmopChart):
    def __init__(self, app: App, id: str = "bookinfo", *, platform: Platform = PLATFORM) -> None:
        super().__init__(app, id, namespace="bookinfo", platform=platform)
        NativeNamespace(self, "namespace")
        allow(self, "single-replica", reason="a sample: one pod of each version shows which one answers")
        allow(self, "data-evicted", reason="a sample: its images fill the databases with a few rows at every start")
        # Both are filled when they start, and forget what they were told when they end.
        mongodb = NativeMongo(
            self,
            "mongodb-v1",
            image=Image(f"{REGISTRY}-mongodb:{RELEASE}"),
            storage=None,
            database="test",
            credentials=None,
            admin_password=None,
            resources=sized(512),
            options=database("mongodb", "--ipv6", "--bind_ip_all"),
        )
        # The password that Istio's sample publishes, for data that everybody may see.
        credentials = NativeSecret(self, "mysql-credentials", values={"rootpasswd": InlineSecret("password")})
        mysqldb = NativeMySql(
            self,
            "mysqldb-v1",
            # The last one of MySQL 8: that of 1.20.3 is MySQL 9, which does not know these arguments.
            image=Image("docker.io/istio/examples-bookinfo-mysqldb:1.20.2"),
            storage=None,
            credentials=Credentials(user="root", password=credentials.key("rootpasswd")),
            admin_password=None,
            resources=sized(512),
            options=replace(
                database("mysqldb", "--default-authentication-plugin", "mysql_native_password"), passwords="variables"
            ),
        )

        Microservice(
            self,
            "productpage-v1",
            replace(
                version("productpage", "v1", account=Account(name="bookinfo-productpage")),
                metrics=Metrics(),
                resources=sized(256),  # eight worker processes
                exposure=Exposure(
                    name="gateway",
                    paths=(
                        PathRoute("/productpage", match="Exact"),
                        PathRoute("/static/"),
                        PathRoute("/login", match="Exact"),
                        PathRoute("/logout", match="Exact"),
                        PathRoute("/api/v1/products"),
                    ),
                ),
            ),
            uses=[
                DETAILS.http(env=at("DETAILS")),
                REVIEWS.http(env=at("REVIEWS")),
                RATINGS.http(env=at("RATINGS")),
            ],
        )

        Microservice(self, "details-v1", version("details", "v1", account=Account(name="bookinfo-details")))
        Microservice(
            self,
            "details-v2",
            replace(version("details", "v2"), env={"DO_NOT_ENCRYPT": "true"}),
            uses=[ExternalHost("www.googleapis.com", port=80).http(env=None)],
        )

        Microservice(self, "reviews-v1", reviews("v1"))
        for number in ("v2", "v3"):
            Microservice(self, f"reviews-{number}", reviews(number), uses=[RATINGS.http(env=at("RATINGS"))])

        Microservice(self, "ratings-v1", version("ratings", "v1", account=Account(name="bookinfo-ratings")))
        Microservice(
            self,
            "ratings-v2",
            version("ratings", "v2", account=Account(name="bookinfo-ratings-v2")),
            uses=[mongodb.read_write(env="MONGO_DB_URL")],
        )
        Microservice(
            self,
            "ratings-v2-mysql",
            replace(version("ratings", "v2-mysql", image="ratings-v2"), env={"DB_TYPE": "mysql"}),
            uses=[
                mysqldb.read_write(
                    env=(
                        Host("MYSQL_DB_HOST"),
                        PortNumber("MYSQL_DB_PORT"),
                        UserName("MYSQL_DB_USER"),
                        Password("MYSQL_DB_PASSWORD"),
                    )
                )
            ],
        )


def build(app: App, *, platform: Platform | None = None) -> Bookinfo:
    return Bookinfo(app, platform=platform or PLATFORM)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
