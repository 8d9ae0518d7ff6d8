"""The native stores serve a real client with exactly the variables of the edge, through restarts."""

from __future__ import annotations

from collections.abc import Iterator

from kmop_constructs import (
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    NativeNamespace,
    Replicas,
    Size,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.native import NativePostgres, NativeRedis
from tests.cluster.waiting import eventually
from tests.nodes.running import PLATFORM, Cluster, Running, is_ready, new_app

import pytest

CLIENT = Image("ghcr.io/acme/database-client:1.0.0")


@pytest.fixture(scope="module")
def shop(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    chart = KmopChart(new_app(tmp_path_factory.mktemp("stores")), "stores", namespace="stores", platform=PLATFORM)
    NativeNamespace(chart, "namespace")
    login = ExistingSecret("orders", keys=("username", "password", "admin-password"))
    orders = NativePostgres(
        chart,
        "orders",
        image=Image("postgres:17.6"),
        storage=Size.mib(200),
        database="orders",
        credentials=Credentials.of(login),
        admin_password=login.key("admin-password"),
    )
    sessions = NativeRedis(
        chart,
        "sessions",
        image=Image("redis:7.4.5"),
        storage=Size.mib(50),
        password=ExistingSecret("sessions").key("password"),
    )
    uses = [orders.read_write(), sessions.read_write()]
    Worker(chart, "shop", WorkerSpec(image=CLIENT, scaling=Replicas(1)), uses=uses)
    with cluster.running(chart) as found:
        yield found


def sql(shop: Running, statement: str) -> str:
    """Run a statement in the client's pod, with nothing but the address in its variable."""
    return shop.execute("shop", "sh", "-c", f'psql -qAt "$ORDERS_URL" -c "{statement}"').strip()


def redis(shop: Running, command: str) -> str:
    """Run a command in the client's pod. redis-cli takes the empty user of the address for a name; drivers do not."""
    address = "$(echo $SESSIONS_URL | sed s,//:,//default:,)"
    return shop.execute("shop", "sh", "-c", f"redis-cli --no-auth-warning -u {address} {command}").strip()


def test_a_real_postgres_serves_the_variable_of_the_edge(shop: Running) -> None:
    assert sql(shop, "CREATE TABLE sale (id int PRIMARY KEY); INSERT INTO sale VALUES (7); SELECT id FROM sale") == "7"
    assert sql(shop, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == "f"


def test_rows_outlive_the_pod_of_the_store(shop: Running) -> None:
    sql(shop, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)")

    renew(shop, "orders")

    assert sql(shop, "SELECT count(*) FROM kept") == "1"


def test_a_real_redis_serves_the_variable_of_the_edge(shop: Running) -> None:
    assert redis(shop, "SET cart 3") == "OK"

    renew(shop, "sessions")

    assert redis(shop, "GET cart") == "3"


def test_a_client_without_the_password_is_refused(shop: Running) -> None:
    said = shop.execute("shop", "sh", "-c", "redis-cli -h sessions GET cart 2>&1 || true")
    assert "NOAUTH" in said


def test_no_acknowledged_write_is_lost_in_a_rollout(shop: Running) -> None:
    sql(shop, "CREATE TABLE acknowledged (id int PRIMARY KEY)")
    script = (
        "export PGCONNECT_TIMEOUT=2; rm -f /tmp/stop; i=0; while [ ! -e /tmp/stop ]; do i=$((i+1)); "
        'psql -qAt "$ORDERS_URL" -c "INSERT INTO acknowledged VALUES ($i)" 2>/dev/null && echo $i; sleep 0.1; done'
    )
    pod = shop.pod("shop")["metadata"]["name"]
    with shop.cluster.started("-n", "stores", "exec", pod, "--", "sh", "-c", script) as writing:
        renew(shop, "orders")
        eventually(lambda: refused(shop), within=60)
        shop.execute("shop", "sh", "-c", "sleep 1; touch /tmp/stop")
        out, _ = writing.communicate(timeout=60)

    acknowledged = out.split()
    kept = sql(shop, "SELECT id FROM acknowledged ORDER BY id").split()
    assert set(acknowledged) <= set(kept)
    assert len(acknowledged) >= 5


def refused(shop: Running) -> list[str]:
    try:
        sql(shop, "SELECT 1")
    except RuntimeError as error:
        return [str(error)]
    return []


def renew(shop: Running, name: str) -> None:
    """Restart a store, and wait for its new pod."""
    before = shop.pod(name)["metadata"]["uid"]
    shop.cluster.kubectl("-n", "stores", "rollout", "restart", f"statefulset/{name}")
    eventually(lambda: [] if renewed(shop, name, before) else [f"{name} is not back", *shop.troubles()], within=120)


def renewed(shop: Running, name: str, before: str) -> bool:
    return any(is_ready(pod) and pod["metadata"]["uid"] != before for pod in shop.pods(name))
