"""Online Boutique, Google's microservices demo, with every call declared as an edge.

The facts are those of the manifests in kustomize/base of github.com/GoogleCloudPlatform/microservices-demo, v0.10.6
(Apache-2.0). What is deliberately otherwise is in tests/apps/online_boutique.accept.yaml, each with its reason.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from kmop_constructs import (
    Container,
    Cpu,
    GrpcCheck,
    Health,
    HttpGet,
    Image,
    KmopChart,
    LoadBalancer,
    Microservice,
    NativeNamespace,
    Platform,
    Port,
    ProbeTiming,
    Replicas,
    Resources,
    Security,
    Service,
    ServiceRef,
    ServiceSpec,
    Size,
    TcpSocket,
    Worker,
    WorkerSpec,
    allow,
)
from kmop_constructs.authors import Edge
from kmop_constructs.providers.native import NativeDataOptions, NativeRedis
from kmop_constructs.variables import HostPort

from cdk8s import App

REGISTRY = "us-central1-docker.pkg.dev/online-boutique-ci/microservices-demo"
RELEASE = "v0.10.6"
USER = Security(run_as_user=1000, run_as_group=1000)
USER_1000 = replace(USER, fs_group=1000)
NOT_REWRITTEN = {"sidecar.istio.io/rewriteAppHTTPProbers": "true"}

# The services by name and port: enough for their callers, whatever comes first.
AD = ServiceRef("adservice", port=9555)
CART = ServiceRef("cartservice", port=7070)
CATALOG = ServiceRef("productcatalogservice", port=3550)
CHECKOUT = ServiceRef("checkoutservice", port=5050)
CURRENCY = ServiceRef("currencyservice", port=7000)
EMAIL = ServiceRef("emailservice", port=5000)
FRONTEND = ServiceRef("frontend", port=80)
PAYMENT = ServiceRef("paymentservice", port=50051)
RECOMMENDATION = ServiceRef("recommendationservice", port=8080)
SHIPPING = ServiceRef("shippingservice", port=50051)

WAIT_FOR_FRONTEND = """\
MAX_RETRIES=12
RETRY_INTERVAL=10
for i in $(seq 1 $MAX_RETRIES); do
  echo "Attempt $i: Pinging frontend: ${FRONTEND_ADDR}..."
  STATUSCODE=$(wget --server-response http://${FRONTEND_ADDR} 2>&1 | awk '/^  HTTP/{print $2}')
  if [ $STATUSCODE -eq 200 ]; then
      echo "Frontend is reachable."
      exit 0
  fi
  echo "Error: Could not reach frontend - Status code: ${STATUSCODE}"
  sleep $RETRY_INTERVAL
done
echo "Failed to reach frontend after $MAX_RETRIES attempts."
exit 1
"""


def image(name: str) -> Image:
    return Image(f"{REGISTRY}/{name}:{RELEASE}")


def resources(cpu: int, memory: int, memory_limit: int) -> Resources:
    return Resources(cpu=Cpu.millis(cpu), memory=Size.mib(memory), memory_limit=Size.mib(memory_limit))


SMALL = resources(100, 64, 128)


def every(seconds: int) -> ProbeTiming:
    return ProbeTiming(period=timedelta(seconds=seconds))


def grpc_service(
    name: str,
    port: Port,
    *,
    env: dict[str, str] | None = None,
    sized: Resources = SMALL,
    ready_every: int = 10,
    live_every: int = 10,
) -> ServiceSpec:
    return ServiceSpec(
        image=image(name),
        port=port,
        env=env or {},
        resources=sized,
        security=USER_1000,
        health=Health(readiness=GrpcCheck(timing=every(ready_every)), liveness=GrpcCheck(timing=every(live_every))),
    )


def browser_check(session: str) -> HttpGet:
    return HttpGet("/_healthz", headers={"Cookie": f"shop_session-id={session}"})


class OnlineBoutique(KmopChart):
    def __init__(self, app: App, id: str = "online-boutique", *, platform: Platform | None = None) -> None:
        super().__init__(app, id, namespace=id, platform=platform)
        NativeNamespace(self, "namespace")
        quiet = {"DISABLE_PROFILER": "1"}

        carts = NativeRedis(
            self,
            "redis-cart",
            image=Image("redis:alpine"),
            storage=None,
            password=None,
            resources=resources(70, 200, 256),
            options=NativeDataOptions(
                user=1000,
                group=1000,
                health=Health(readiness=TcpSocket(timing=every(5)), liveness=TcpSocket(timing=every(5))),
            ),
        )
        allow(carts, "single-replica", reason="carts live in this one pod's memory: a second one would hold others")
        allow(
            self, "grpc-one-pod", reason="as in the original: the pods of one service take few requests of each other"
        )

        self.serve(
            "adservice",
            grpc_service(
                "adservice",
                Port.grpc(9555),
                env={"PORT": "9555"},
                sized=resources(200, 180, 300),
                ready_every=15,
                live_every=15,
            ),
        )
        self.serve(
            "cartservice",
            grpc_service("cartservice", Port.grpc(7070), sized=resources(200, 64, 128)),
            uses=[carts.read_write(env=HostPort("REDIS_ADDR"))],
        )
        self.serve(
            "checkoutservice",
            grpc_service("checkoutservice", Port.grpc(5050), env={"PORT": "5050"}),
            uses=[
                CATALOG.grpc(env="PRODUCT_CATALOG_SERVICE_ADDR"),
                SHIPPING.grpc(env="SHIPPING_SERVICE_ADDR"),
                PAYMENT.grpc(env="PAYMENT_SERVICE_ADDR"),
                EMAIL.grpc(env="EMAIL_SERVICE_ADDR"),
                CURRENCY.grpc(env="CURRENCY_SERVICE_ADDR"),
                CART.grpc(env="CART_SERVICE_ADDR"),
            ],
        )
        self.serve("currencyservice", grpc_service("currencyservice", Port.grpc(7000), env={"PORT": "7000", **quiet}))
        self.serve(
            "emailservice",
            grpc_service(
                "emailservice",
                Port.grpc(8080, service_port=5000),
                env={"PORT": "8080", **quiet},
                ready_every=5,
                live_every=5,
            ),
        )
        self.serve(
            "frontend",
            ServiceSpec(
                image=image("frontend"),
                port=Port(8080, service_port=80),
                service=(Service(), LoadBalancer(name="frontend-external")),
                env={
                    "PORT": "8080",
                    "SHOPPING_ASSISTANT_SERVICE_ADDR": "shoppingassistantservice:80",
                    "ENABLE_PROFILER": "0",
                },
                resources=SMALL,
                security=USER_1000,
                health=Health(readiness=browser_check("x-readiness-probe"), liveness=browser_check("x-liveness-probe")),
                pod_annotations=NOT_REWRITTEN,
            ),
            uses=[
                CATALOG.grpc(env="PRODUCT_CATALOG_SERVICE_ADDR"),
                CURRENCY.grpc(env="CURRENCY_SERVICE_ADDR"),
                CART.grpc(env="CART_SERVICE_ADDR"),
                RECOMMENDATION.grpc(env="RECOMMENDATION_SERVICE_ADDR"),
                SHIPPING.grpc(env="SHIPPING_SERVICE_ADDR"),
                CHECKOUT.grpc(env="CHECKOUT_SERVICE_ADDR"),
                AD.grpc(env="AD_SERVICE_ADDR"),
            ],
        )
        self.serve("paymentservice", grpc_service("paymentservice", Port.grpc(50051), env={"PORT": "50051", **quiet}))
        self.serve(
            "productcatalogservice",
            grpc_service("productcatalogservice", Port.grpc(3550), env={"PORT": "3550", **quiet}),
        )
        self.serve(
            "recommendationservice",
            grpc_service(
                "recommendationservice",
                Port.grpc(8080),
                env={"PORT": "8080", **quiet},
                sized=resources(100, 220, 450),
                ready_every=5,
                live_every=5,
            ),
            uses=[CATALOG.grpc(env="PRODUCT_CATALOG_SERVICE_ADDR")],
        )
        self.serve(
            "shippingservice",
            grpc_service("shippingservice", Port.grpc(50051), env={"PORT": "50051", **quiet}, ready_every=5),
        )
        loadgenerator = Worker(
            self,
            "loadgenerator",
            WorkerSpec(
                image=image("loadgenerator"),
                env={"USERS": "10", "RATE": "1"},
                resources=resources(300, 256, 512),
                security=USER_1000,
                scaling=Replicas(1),
                pod_annotations=NOT_REWRITTEN,
                init_containers=(
                    Container(
                        "frontend-check",
                        image=Image(
                            "busybox:1.38.0@sha256:fd8d9aa63ba2f0982b5304e1ee8d3b90a210bc1ffb5314d980eb6962f1a9715d"
                        ),
                        command=("/bin/sh", "-exc", WAIT_FOR_FRONTEND),
                        env={"FRONTEND_ADDR": "frontend:80"},
                        resources=Resources(cpu=Cpu.millis(10), memory=Size.mib(16)),
                        security=USER,
                    ),
                ),
            ),
            uses=[FRONTEND.tcp(env="FRONTEND_ADDR")],
        )
        allow(loadgenerator, "single-replica", reason="it makes load: nobody waits for it")

    def serve(self, name: str, spec: ServiceSpec, *, uses: Sequence[Edge] = ()) -> Microservice:
        """One of the services; a variant of the system overrides what it is."""
        return Microservice(self, name, spec, uses=uses)


def build(app: App, *, platform: Platform | None = None) -> OnlineBoutique:
    return OnlineBoutique(app, platform=platform)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
