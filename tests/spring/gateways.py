"""A Spring Cloud Gateway as a process that sees what its pod sees: the drawn files and variables, and names of Services."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kmop_constructs import Image, KmopChart, Microservice, ServiceSpec
from kmop_constructs.core.edges import Call
from kmop_constructs.providers.spring_cloud_gateway import EdgeRoute, SpringCloudGateway, SpringCloudGatewayOptions
from kmop_constructs.testing import Synthesized, synthesize
from tests.cluster.waiting import eventually
from tests.operators.rooted import rooted
from tests.operators.running import Running, started
from tests.spring.stand_in import Got, StandIn, stand_in
from tools.spring.build import Programs

from cdk8s import App

READY = 240
"""Seconds. A gateway needs 6 on an idle machine."""

KUBELET = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}
"""Every pod has these, and Spring Boot treats ``X-Forwarded-…`` in another way where they are
(https://docs.spring.io/spring-boot/how-to/webserver.html#howto.webserver.use-behind-a-proxy-server)."""

ACTUATOR = {
    "MANAGEMENT_ENDPOINTS_WEB_EXPOSURE_INCLUDE": "health,gateway",
    "MANAGEMENT_ENDPOINT_GATEWAY_ACCESS": "read_only",
}
"""The team's own variables: the gateway lists its routes."""

MESSAGE = "X-Message"
"""A header that tells the requests of a test from those of others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An answer of the gateway."""

    status: int
    """0: the connection was closed without an answer."""
    head: str
    body: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Gateway:
    """A gateway that runs, and the services behind it."""

    port: int
    services: Mapping[str, StandIn]
    running: Running
    _count: list[int] = field(default_factory=lambda: [0])

    def send(
        self,
        target: str = "/",
        *headers: str,
        method: str = "GET",
        body: bytes = b"",
        host: str | None = "gateway",
        sender: str = "127.0.0.1",
    ) -> tuple[Answer, list[Got]]:
        """Send a request exactly as it is written; return the answer and what the services got."""
        self._count[0] += 1
        mark = f"m{self._count[0]}"
        lines = [f"{method} {target} HTTP/1.1", *([f"Host: {host}"] if host is not None else [])]
        lines += ["Connection: close"] if not any(each.lower().startswith("connection:") for each in headers) else []
        lines += [f"{MESSAGE}: {mark}", *headers]
        if body and not any(each.lower().startswith(("content-length:", "transfer-encoding:")) for each in headers):
            lines.append(f"Content-Length: {len(body)}")
        raw = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
        answer = self.raw(raw, sender)
        return answer, [each for each in self.got() if each.headers.get(MESSAGE.lower()) == mark]

    def raw(self, content: bytes, sender: str = "127.0.0.1") -> Answer:
        """Send bytes; return the first answer."""
        received = b""
        with (
            contextlib.suppress(ConnectionError),
            socket.create_connection(("127.0.0.1", self.port), 30, (sender, 0)) as connection,
        ):
            connection.sendall(content)
            while piece := connection.recv(65536):
                received += piece
                head, found, body = received.partition(b"\r\n\r\n")
                sizes = [each for each in head.lower().split(b"\r\n") if each.startswith(b"content-length:")]
                if found and sizes and len(body) >= int(sizes[0].partition(b":")[2]):
                    break
        head, _, body = received.partition(b"\r\n\r\n")
        status = head.split(b" ", 2)[1] if head.startswith(b"HTTP/1") else b"0"
        return Answer(status=int(status), head=head.decode("latin-1"), body=body.decode("latin-1"))

    def sends(self, content: bytes) -> tuple[Answer, list[Got]]:
        """Send bytes that have no message header; return the first answer, and what the services got since."""
        before = {name: len(service.got) for name, service in self.services.items()}
        answer = self.raw(content)
        time.sleep(0.2)
        return answer, [each for name, service in self.services.items() for each in service.got[before[name] :]]

    def got(self) -> list[Got]:
        """What all services got so far."""
        return [each for service in self.services.values() for each in service.got]


def free_port() -> int:
    """A port that Linux gives to no outgoing connection
    (https://docs.kernel.org/networking/ip-sysctl.html#ip-variables, ip_local_port_range)."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port between 20000 and 32000")


def private_etc(result: Synthesized, names: Sequence[str], etc: Path) -> dict[str, str]:
    """Make an ``/etc`` with the mounted files and the names of Services; return the variables of the container."""
    with contextlib.suppress(shutil.Error):  # files that only root may read
        shutil.copytree("/etc", etc, symlinks=True, ignore=shutil.ignore_patterns("*shadow*", "private", "sudoers*"))
    (etc / "hosts").write_text(f"127.0.0.1 localhost {' '.join(names)}\n", encoding="utf-8")
    pod = result.one("Deployment", "api-gateway")["spec"]["template"]["spec"]
    [container] = pod["containers"]
    maps = {each["name"]: each["configMap"]["name"] for each in pod["volumes"] if "configMap" in each}
    for mount in (each for each in container["volumeMounts"] if each["name"] in maps):
        place = etc / Path(mount["mountPath"]).relative_to("/etc")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(result.one("ConfigMap", maps[mount["name"]])["data"][mount["subPath"]], encoding="utf-8")
    return {each["name"]: each["value"] for each in container["env"]}


@contextmanager
def run(
    programs: Programs,
    jar: Path,
    folder: Path,
    names: Sequence[str],
    routes: Callable[[Mapping[str, Call]], Sequence[EdgeRoute]],
    *,
    absent: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    **options: Any,
) -> Generator[Gateway]:
    """Draw services and a gateway, and run the gateway. `absent` are services that nothing answers for."""
    with ExitStack() as stack:
        services = {name: stack.enter_context(stand_in(name)) for name in names}
        port = free_port()
        chart = KmopChart(App(outdir=str(folder / "dist")), "clinic", namespace="clinic")
        calls: dict[str, Call] = {}
        for name in (*names, *absent):
            at = services[name].port if name in services else free_port()
            spec = ServiceSpec(image=Image(f"acme/{name}:1"), port=at)
            calls[name] = Microservice(chart, name, spec).http(env=None)
        spec = ServiceSpec(
            image=Image("acme/api-gateway:1"),
            port=port,
            health="/actuator/health/readiness",
            env={"SERVER_PORT": str(port), **ACTUATOR, **(env or {})},
        )
        made = SpringCloudGateway(
            chart, "api-gateway", spec, routes=routes(calls), options=SpringCloudGatewayOptions(**options)
        )
        variables = private_etc(synthesize(made), [*names, *absent], folder / "etc")
        command, before = rooted(programs.java, {"/etc": folder / "etc"}, folder / "root")
        flags = ("-XX:TieredStopAtLevel=1", "-Xmx256m", "-jar", str(jar))
        own = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **KUBELET}
        running = stack.enter_context(
            started(command, *before, *flags, environment={**own, **variables}, folder=folder, name="gateway")
        )
        found = Gateway(port=port, services=services, running=running)

        def problems() -> list[str]:
            running.check()
            try:
                status = found.send("/actuator/health/readiness")[0].status
            except OSError as error:
                return [f"{error}\n{running.text()[-2000:]}"]
            return [] if status == 200 else [f"readiness: {status}\n{running.text()[-2000:]}"]

        eventually(problems, within=READY)
        yield found
