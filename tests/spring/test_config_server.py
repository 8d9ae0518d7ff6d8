"""Spring Cloud Config acts on exactly the variables that are rendered: server and client run as processes."""

from __future__ import annotations

import base64
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kmop_constructs import (
    NO_RETRY,
    Credentials,
    ExistingConfig,
    ExistingSecret,
    ExternalHost,
    Image,
    KmopChart,
    Microservice,
    ServiceSpec,
    SpringRetry,
)
from kmop_constructs.providers.spring_cloud_config import ConfigServer, ConfigServerSpec, GitBackend, NativeBackend
from kmop_constructs.testing import Synthesized, synthesize
from tests.cluster.waiting import eventually
from tests.operators.running import Running, started
from tests.spring.git_host import PASSWORD, USER, serve_repository
from tools.spring.build import Programs

import pytest
from cdk8s import App

CONFIG, GIT = ExistingSecret("config"), ExistingSecret("git")
SECRETS = {
    ("config", "username"): "orders",
    ("config", "password"): "of-the-server",
    ("config", "encrypt-key"): "a-shared-key-of-the-tests",
    ("git", "username"): USER,
    ("git", "password"): PASSWORD,
}
CIPHER = "ef7c734b8affaa0cd8c7adf9365e34ce7714664ac5d4690f6bb53e6159942d46"
"""``s3cret``, as ``/encrypt`` of a server with that key returns it."""

SLOW = 240
"""Seconds. A server needs 5 on an idle machine."""


def environment(result: Synthesized, name: str) -> dict[str, str]:
    """The variables of a container, with the values of its Secrets."""
    [container] = result.one("Deployment", name)["spec"]["template"]["spec"]["containers"]
    found: dict[str, str] = {}
    for each in container["env"]:
        reference = each.get("valueFrom", {}).get("secretKeyRef")
        found[each["name"]] = SECRETS[reference["name"], reference["key"]] if reference else each["value"]
    return found


def render(backend: GitBackend | NativeBackend, folder: Path, **client: Any) -> tuple[dict[str, str], dict[str, str]]:
    """The variables of a server on this machine, and those of its client."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chart = KmopChart(App(outdir=str(folder / "dist")), "shop", namespace="shop")
    spec = ConfigServerSpec(
        image=Image("acme/config:1"),
        backend=backend,
        port=port,
        login=Credentials.of(CONFIG),
        encrypt_key=CONFIG.key("encrypt-key"),
    )
    server = ConfigServer(chart, "localhost", spec)
    orders = ServiceSpec(image=Image("acme/orders:1"), port=8080)
    Microservice(chart, "orders", orders, uses=[server.client(name="orders", **client)])
    result = synthesize(chart)
    return environment(result, "localhost"), environment(result, "orders")


@contextmanager
def java(programs: Programs, jar: Path, variables: Mapping[str, str], folder: Path, name: str) -> Generator[Running]:
    own = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    flags = ("-XX:TieredStopAtLevel=1", "-Xmx256m", f"-Djava.io.tmpdir={folder}", "-jar", str(jar))
    with started(programs.java, *flags, environment={**own, **variables}, folder=folder, name=name) as running:
        yield running


def run_client(programs: Programs, variables: Mapping[str, str], folder: Path, name: str = "client") -> tuple[int, str]:
    """Run a client to its end; return its status and output."""
    with java(programs, programs.client, variables, folder, name) as running:
        status = running.process.wait(timeout=SLOW)
        return status, running.text()


def get(variables: Mapping[str, str], path: str, login: str | None = None) -> int:
    """Status of a request to the server, 0 without an answer."""
    request = urllib.request.Request(f"http://localhost:{variables['SERVER_PORT']}{path}")
    if login is not None:
        request.add_header("Authorization", f"Basic {base64.b64encode(login.encode()).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0


def wait_for(server: Running, variables: Mapping[str, str]) -> None:
    def problems() -> list[str]:
        server.check()
        status = get(variables, "/actuator/health/readiness")
        return [] if status == 200 else [f"readiness: {status}\n{server.text()[-1000:]}"]

    eventually(problems, within=SLOW)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What was seen of a server with a Git repository, and of a client that started before it."""

    early: bool
    """Whether the client was still there when the server started."""
    status: int
    output: str
    server: Mapping[str, str]
    working_copy: tuple[str, ...]
    unlogged: int
    logged: int


@pytest.fixture(scope="module")
def seen(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("git")
    files = {"application.yml": "greeting: all\n", "orders.yml": f"greeting: orders\nsecret: '{{cipher}}{CIPHER}'\n"}
    (folder / "work").mkdir()
    with serve_repository(folder, files) as port:
        backend = GitBackend(
            f"http://localhost:{port}/config.git",
            host=ExternalHost("localhost", port=port, cidrs=("127.0.0.1/32",)),
            credentials=Credentials.of(GIT),
            label="main",
            directory=str(folder / "work"),
        )
        server, client = render(backend, folder, retry=SpringRetry(attempts=60))
        with java(programs, programs.client, client, folder, "client") as first:
            # Its first attempt finds no server.
            with pytest.raises(Exception, match="timed out"):
                first.process.wait(timeout=10)
            early = first.process.poll() is None
            with java(programs, programs.server, server, folder, "server") as running:
                wait_for(running, server)
                status = first.process.wait(timeout=SLOW)
                yield Seen(
                    early=early,
                    status=status,
                    output=first.text(),
                    server=server,
                    working_copy=tuple(sorted(each.name for each in (folder / "work").iterdir())),
                    unlogged=get(server, "/orders/default"),
                    logged=get(server, "/orders/default", "orders:of-the-server"),
                )


def test_a_client_retries_until_the_server_is_ready(seen: Seen) -> None:
    assert seen.early
    assert seen.status == 0, seen.output[-2000:]


def test_the_configuration_of_a_repository_arrives(seen: Seen) -> None:
    assert "greeting=orders" in seen.output.splitlines()


def test_the_server_decrypts_values(seen: Seen) -> None:
    assert "secret=s3cret" in seen.output.splitlines()


def test_a_request_without_a_login_is_refused(seen: Seen) -> None:
    assert (seen.unlogged, seen.logged) == (401, 200)


def test_the_clone_and_the_settings_of_jgit_are_in_the_volume(seen: Seen) -> None:
    """The root file system of the pod is read-only."""
    assert seen.working_copy == ("jgit", "repository")


@pytest.fixture(scope="module")
def native(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """A server with a ConfigMap, mounted as the kubelet does: each file is a link to a link."""
    folder = tmp_path_factory.mktemp("native")
    (folder / "config" / "..2026").mkdir(parents=True)
    (folder / "config" / "..2026" / "application.yml").write_text("greeting: map\n", encoding="utf-8")
    (folder / "config" / "..data").symlink_to("..2026")
    (folder / "config" / "application.yml").symlink_to("..data/application.yml")
    server, client = render(native_of(folder), folder, retry=NO_RETRY)
    with java(programs, programs.server, server, folder, "server") as running:
        wait_for(running, server)
        yield folder, client


def native_of(folder: Path) -> NativeBackend:
    return NativeBackend(config=ExistingConfig("settings"), directory=str(folder))


def test_a_config_map_is_served(programs: Programs, native: tuple[Path, dict[str, str]]) -> None:
    folder, client = native
    status, output = run_client(programs, client, folder)
    assert (status, "greeting=map" in output.splitlines()) == (0, True), output[-2000:]


def test_an_older_client_reads_the_bootstrap_variables(programs: Programs, native: tuple[Path, dict[str, str]]) -> None:
    folder, client = native
    address = client["SPRING_CONFIG_IMPORT"].removeprefix("configserver:")
    _, older = render(native_of(folder), folder, retry=NO_RETRY, style="bootstrap")
    variables = {**older, "SPRING_CLOUD_CONFIG_URI": address}
    status, output = run_client(programs, variables, folder, "older")
    assert (status, "greeting=map" in output.splitlines()) == (0, True), output[-2000:]


def test_a_client_with_a_wrong_login_ends(programs: Programs, native: tuple[Path, dict[str, str]]) -> None:
    folder, client = native
    status, output = run_client(programs, {**client, "SPRING_CLOUD_CONFIG_PASSWORD": "another"}, folder, "wrong")
    assert (status, "ConfigClientFailFastException" in output) == (1, True), output[-2000:]


def test_a_client_without_retry_ends_without_a_server(programs: Programs, tmp_path: Path) -> None:
    _, client = render(native_of(tmp_path), tmp_path, retry=NO_RETRY)
    status, output = run_client(programs, client, tmp_path)
    assert (status, "ConfigClientFailFastException" in output) == (1, True), output[-2000:]


def test_an_optional_client_starts_without_a_server(programs: Programs, tmp_path: Path) -> None:
    _, client = render(native_of(tmp_path), tmp_path, optional=True)
    status, output = run_client(programs, client, tmp_path)
    assert (status, "greeting=null" in output.splitlines()) == (0, True), output[-2000:]
