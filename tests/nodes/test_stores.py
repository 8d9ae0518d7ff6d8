"""The native stores serve a real client with exactly the edge's variables, through restarts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kmop_constructs import (
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    NativeNamespace,
    Replicas,
    Size,
    Text,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.native import NativeMySql, NativePostgres, NativeRabbitMq, NativeRedis
from kmop_constructs.stores import DatabaseUser
from kmop_constructs.variables import Prefix
from tests.cluster.waiting import eventually
from tests.nodes.running import PLATFORM, Cluster, Running, is_ready, new_app, value_of

import pytest

CLIENT = Image("ghcr.io/acme/database-client:1.0.0")

REPORTS = DatabaseUser(
    credentials=Credentials(user="reports", password=ExistingSecret("reports").key("password")),
    roles=("orders_reader",),
)

PSQL = 'psql -qAt "$ORDERS_URL" -c'
MYSQL = 'mariadb -h "$CATALOG_HOST" -P "$CATALOG_PORT" -u "$CATALOG_USER" -p"$CATALOG_PASSWORD" -NB "$CATALOG_NAME" -e'
REDIS = "redis-cli --no-auth-warning -u $(echo $SESSIONS_URL | sed s,//:,//default:,)"
"""redis-cli takes the empty user of the address for a name; drivers do not."""


@pytest.fixture(scope="module")
def shop(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    chart = KmopChart(new_app(tmp_path_factory.mktemp("stores")), "stores", namespace="stores", platform=PLATFORM)
    NativeNamespace(chart, "namespace")
    logins = {
        name: ExistingSecret(name, keys=("username", "password", "admin-password")) for name in ("orders", "catalog")
    }
    orders = NativePostgres(
        chart,
        "orders",
        image=Image("postgres:17.6"),
        storage=Size.mib(200),
        database="orders",
        credentials=Credentials.of(logins["orders"]),
        admin_password=logins["orders"].key("admin-password"),
        users={"reports": REPORTS},
        extensions=("pg_trgm",),
    )
    catalog = NativeMySql(
        chart,
        "catalog",
        image=Image("mysql:8.4.6"),
        storage=Size.mib(500),
        database="catalog",
        credentials=Credentials.of(logins["catalog"]),
        admin_password=logins["catalog"].key("admin-password"),
        settings={"innodb-buffer-pool-size": "64M"},
        init_scripts={"10-schema.sql": Text("CREATE TABLE product (sku VARCHAR(64) PRIMARY KEY);\n")},
    )
    sessions = NativeRedis(
        chart,
        "sessions",
        image=Image("redis:7.4.5"),
        storage=Size.mib(50),
        password=ExistingSecret("sessions").key("password"),
    )
    events = NativeRabbitMq(
        chart,
        "events",
        image=Image("rabbitmq:4.1.4"),
        storage=Size.mib(200),
        credentials=Credentials.of(ExistingSecret("events")),
    )
    reader = orders.read_only(user="reports", env=Prefix("REPORTS"))
    uses = [orders.read_write(), reader, catalog.read_write(), sessions.read_write(), events.connect()]
    Worker(chart, "shop", WorkerSpec(image=CLIENT, scaling=Replicas(1)), uses=uses)
    with cluster.running(chart) as found:
        yield found


def client(shop: Running, command: str) -> str:
    """Run a command in the client's pod, with nothing but its variables."""
    return shop.execute("shop", "sh", "-c", command).strip()


def sql(shop: Running, statement: str) -> str:
    return client(shop, f'{PSQL} "{statement}"')


def mysql(shop: Running, statement: str) -> str:
    return client(shop, f'{MYSQL} "{statement}"')


SERVERS = pytest.mark.parametrize(("name", "query"), [("orders", sql), ("catalog", mysql)], ids=["postgres", "mysql"])
Query = Callable[[Running, str], str]


def test_a_real_postgres_serves_the_variable_of_the_edge(shop: Running) -> None:
    assert sql(shop, "CREATE TABLE sale (id int PRIMARY KEY); INSERT INTO sale VALUES (7); SELECT id FROM sale") == "7"
    assert sql(shop, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == "f"


def test_a_user_has_the_rights_of_its_role_alone(shop: Running) -> None:
    reports = PSQL.replace("ORDERS", "REPORTS")

    def read(statement: str) -> str:
        return client(shop, f'{reports} "{statement}" 2>&1 || true')

    sql(shop, "CREATE TABLE report (id int); INSERT INTO report VALUES (3)")
    assert "permission denied" in read("SELECT id FROM report")
    sql(shop, "GRANT SELECT ON report TO orders_reader")
    assert read("SELECT id FROM report") == "3"
    assert "permission denied" in read("INSERT INTO report VALUES (4)")


def test_an_extension_is_there_for_the_owner(shop: Running) -> None:
    assert sql(shop, "SELECT similarity('shop', 'shop')") == "1"


def test_a_mysql_serves_the_variables_of_the_edge(shop: Running) -> None:
    """It is MariaDB, which Debian has in place of MySQL."""
    assert mysql(shop, "INSERT INTO product VALUES ('a'); SELECT sku FROM product") == "a"
    assert mysql(shop, "SHOW DATABASES").split() == ["catalog", "information_schema"]
    assert mysql(shop, "SELECT @@innodb_buffer_pool_size") == str(64 * 1024**2)


def test_a_real_redis_serves_the_variable_of_the_edge(shop: Running) -> None:
    assert client(shop, f"{REDIS} SET cart 3") == "OK"

    renew(shop, "sessions")

    assert client(shop, f"{REDIS} GET cart") == "3"


def test_a_real_rabbitmq_serves_the_variable_of_the_edge(shop: Running) -> None:
    client(shop, 'amqp-declare-queue --url="$EVENTS_URL" -d -q sold')
    client(shop, 'amqp-publish --url="$EVENTS_URL" -r sold -p -b seven')

    renew(shop, "events")

    assert client(shop, 'amqp-get --url="$EVENTS_URL" -q sold') == "seven"


@SERVERS
def test_rows_outlive_the_pod_of_the_store(shop: Running, name: str, query: Query) -> None:
    query(shop, "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)")

    renew(shop, name)

    assert query(shop, "SELECT count(*) FROM kept") == "1"


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        ('psql -w "$(echo $ORDERS_URL | sed s,:[^:@]*@,@,)" -c "SELECT 1"', "no password supplied"),
        ('psql "$(echo $ORDERS_URL | sed s,:[^:@]*@,:wrong@,)" -c "SELECT 1"', "password authentication failed"),
        ('mariadb -h catalog -u "$CATALOG_USER" -e "SELECT 1"', "Access denied"),
        (f'mariadb -h catalog -u root -p{value_of("catalog", "admin-password")} -e "SELECT 1"', "Access denied"),
        ("redis-cli -h sessions GET cart", "NOAUTH"),
        ("amqp-get --url=amqp://guest:guest@events -q sold", "ACCESS_REFUSED"),
    ],
    ids=["postgres", "postgres-wrong", "mysql", "mysql-root", "redis", "rabbitmq"],
)
def test_a_client_without_the_password_is_refused(shop: Running, command: str, refusal: str) -> None:
    assert refusal in client(shop, f"{command} 2>&1 || true")


@pytest.mark.parametrize("name", ["orders", "catalog"])
def test_no_variable_of_a_database_has_a_password(shop: Running, name: str) -> None:
    variables = shop.execute(name, "env")

    assert "_PASSWORD_FILE=" in variables
    assert value_of(name, "password") not in variables
    assert value_of(name, "admin-password") not in variables


@SERVERS
def test_no_acknowledged_write_is_lost_in_a_rollout(shop: Running, name: str, query: Query) -> None:
    query(shop, "CREATE TABLE acknowledged (id int PRIMARY KEY)")
    command = PSQL if query is sql else MYSQL.replace("mariadb", "mariadb --connect-timeout=2")
    script = (
        "export PGCONNECT_TIMEOUT=2; rm -f /tmp/stop; i=0; while [ ! -e /tmp/stop ]; do i=$((i+1)); "
        f'{command} "INSERT INTO acknowledged VALUES ($i)" 2>/dev/null && echo $i; sleep 0.1; done'
    )
    pod = shop.pod("shop")["metadata"]["name"]
    with shop.cluster.started("-n", "stores", "exec", pod, "--", "sh", "-c", script) as writing:
        renew(shop, name)
        eventually(lambda: refused(shop, query), within=60)
        client(shop, "sleep 1; touch /tmp/stop")
        out, _ = writing.communicate(timeout=60)

    acknowledged = out.split()
    kept = query(shop, "SELECT id FROM acknowledged").split()
    assert set(acknowledged) <= set(kept)
    assert len(acknowledged) >= 5


def refused(shop: Running, query: Query) -> list[str]:
    try:
        query(shop, "SELECT 1")
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
