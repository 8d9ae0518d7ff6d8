"""A metrics API of the tests' own: it says what the tests want the pods to use."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.cluster.api import Api, Object
from tests.cluster.availability import ready

GROUP = "/apis/metrics.k8s.io/v1beta1"
PODS = re.compile(re.escape(GROUP) + r"/namespaces/([^/]+)/pods")
UNITS = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
RESOURCES: Object = {
    "kind": "APIResourceList",
    "apiVersion": "v1",
    "groupVersion": "metrics.k8s.io/v1beta1",
    "resources": [
        {"name": "pods", "singularName": "", "namespaced": True, "kind": "PodMetrics", "verbs": ["get", "list"]},
    ],
}


class Metrics:
    """Serves `metrics.k8s.io` to an API server on this machine."""

    def __init__(self, api: Api, directory: Path) -> None:
        self._api = api
        self.load: dict[tuple[str, str], float] = {}
        """By namespace and `app.kubernetes.io/name`: the work there is, in pods that use all they have asked for. It is
        shared evenly. None: the pods idle."""
        command = (
            "openssl req -x509 -newkey rsa:2048 -nodes -keyout metrics.key -out metrics.crt -days 2 -subj /CN=metrics"
        )
        subprocess.run(command.split(), cwd=directory, check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(directory / "metrics.crt", directory / "metrics.key")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        # The handshake is left to the thread of each connection: one that never speaks must not keep the others waiting.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def objects(self) -> list[Object]:
        """What makes the API server ask here."""
        place = {"name": "metrics", "namespace": "kube-system"}
        port = int(self._server.server_address[1])
        service = {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": port}]}
        spec = {
            "group": "metrics.k8s.io",
            "version": "v1beta1",
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "insecureSkipTLSVerify": True,
            "service": {**place, "port": port},
        }
        name = {"name": "v1beta1.metrics.k8s.io"}
        return [
            {"apiVersion": "v1", "kind": "Service", "metadata": place, "spec": service},
            {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": name, "spec": spec},
        ]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str) -> Object | None:
        parts = urlsplit(path)
        if parts.path == GROUP:
            return RESOURCES
        match = PODS.fullmatch(parts.path)
        if not match:
            return None
        selector = parse_qs(parts.query).get("labelSelector", [""])[0]
        query = f"?labelSelector={selector.replace(',', '%2C')}" if selector else ""
        running = [pod for pod in self._api.items(f"/api/v1/namespaces/{match[1]}/pods{query}") if ready(pod)]
        items = [self._measured(pod, len(running)) for pod in running]
        return {"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items}

    def _measured(self, pod: Object, sharing: int) -> Object:
        metadata = pod["metadata"]
        owner = metadata.get("labels", {}).get("app.kubernetes.io/name", "")
        share = self.load.get((metadata["namespace"], owner), 0) / sharing
        containers = [
            {"name": each["name"], "usage": _used(each["resources"].get("requests", {}), share)}
            for each in pod["spec"]["containers"]
        ]
        return {
            "metadata": {key: metadata[key] for key in ("name", "namespace", "labels") if key in metadata},
            "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "window": "10s",
            "containers": containers,
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        metrics = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def do_GET(self) -> None:
                found = metrics.answer(self.path)
                body = json.dumps(found or {"kind": "Status", "status": "Failure", "code": 404}).encode()
                # Kubernetes 1.27 takes only "not acceptable" for "no aggregated discovery here, ask the old way".
                self.send_response(200 if found else 406 if self.path == "/apis" else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's own name
                """Say nothing."""

        return Handler


def _used(requests: dict[str, str], share: float) -> dict[str, str]:
    used = {name: amount(text) * share for name, text in requests.items() if name in ("cpu", "memory")}
    return {
        name: f"{round(value * 1e9)}n" if name == "cpu" else str(round(value))
        for name, value in ({"cpu": 0.0, "memory": 0.0} | used).items()
    }


def amount(text: str) -> float:
    """A quantity as a number: ``500m`` is 0.5."""
    match = re.fullmatch(r"([\d.]+)([A-Za-z]*)", text)
    assert match, text
    return float(match[1]) * UNITS[match[2]]
