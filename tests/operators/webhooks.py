"""Webhooks of an operator that runs as a process: the API server calls its port on this machine."""

from __future__ import annotations

import base64
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.certificates import make_certificate
from tests.cluster.api import Api, Object

REGISTRATION = "/apis/admissionregistration.k8s.io/v1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """One path of an operator, and what it is asked about."""

    path: str
    group: str
    version: str
    resource: str
    mutates: bool = False


def make_serving_certificate(folder: Path) -> None:
    """Write `tls.crt` and `tls.key` for a server on this machine."""
    names = ("-addext", "subjectAltName=IP:127.0.0.1")
    make_certificate("/CN=webhook", folder / "tls.crt", folder / "tls.key", *names)


@contextmanager
def registered(api: Api, name: str, webhooks: Iterable[Webhook], *, port: int, folder: Path) -> Generator[None]:
    """Have the API server ask the webhooks at a port, whose certificate is in a folder."""
    authority = base64.b64encode((folder / "tls.crt").read_bytes()).decode()
    listed = list(webhooks)
    made: list[str] = []
    for mutates, kind in ((False, "Validating"), (True, "Mutating")):
        chosen = [each for each in listed if each.mutates is mutates]
        if chosen:
            path = f"{REGISTRATION}/{kind.lower()}webhookconfigurations"
            item: Object = {
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": f"{kind}WebhookConfiguration",
                "metadata": {"name": name},
                "webhooks": [_asked(each, port, authority) for each in chosen],
            }
            answer = api.send("POST", path, item)
            assert answer.ok, answer.message
            made.append(f"{path}/{name}")
    try:
        yield
    finally:
        for path in made:
            api.send("DELETE", path)


def _asked(webhook: Webhook, port: int, authority: str) -> Object:
    rule = {
        "apiGroups": [webhook.group],
        "apiVersions": [webhook.version],
        "operations": ["CREATE", "UPDATE"],
        "resources": [webhook.resource],
    }
    return {
        "name": f"{webhook.path.strip('/')}.{webhook.group}",
        "rules": [rule],
        "admissionReviewVersions": ["v1"],
        "failurePolicy": "Fail",
        "sideEffects": "None",
        "clientConfig": {"url": f"https://127.0.0.1:{port}{webhook.path}", "caBundle": authority},
    }
