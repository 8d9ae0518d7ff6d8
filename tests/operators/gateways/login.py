"""A login through a gateway: oauth2-proxy as it is drawn, a real OpenID provider, and a browser that keeps cookies."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from kmop_constructs import Exposure, Tls
from kmop_constructs.exposure import Oidc
from kmop_constructs.values.env import SecretKey
from tests.cluster.waiting import eventually
from tests.operators.authorities import Authority
from tests.operators.containers import container_of
from tests.operators.gateways.door import CLIENT, Answer, Door
from tests.operators.gateways.hostile import GUARDED, OPEN
from tests.operators.gateways.scenes import AUTHORITY, CERTIFICATE, LOGIN_PORT, Scenes
from tests.operators.running import Running, started

PROVIDER = ("10.97.1.1", 443)
"""Where the OpenID provider listens."""

ISSUER = "id.acme.io"
USER, EMAIL = "ann", "ann@acme.io"

FOUND = 302
OIDC = Oidc(
    issuer=f"https://{ISSUER}",
    client_id="web",
    client_secret=SecretKey("web-oidc", "client-secret"),
    cookie_secret=SecretKey("web-oidc", "cookie-secret"),
)
SECRETS = {
    ("web-oidc", "client-secret"): "of the client",
    ("web-oidc", "cookie-secret"): "0123456789abcdef0123456789abcdef",
}
"""The values of the Secrets that a login names."""

IDENTITY = ("X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Preferred-Username", "X-Auth-Request-Groups")
"""Headers by which a service knows the user."""

ALIKE = (
    "X-Forwarded-User",
    "X-Forwarded-Email",
    "X-Forwarded-Preferred-Username",
    "X-Forwarded-Groups",
    "X_Auth_Request_Email",
)
"""Headers that services may take for those."""


def signed_in(host: str) -> Mapping[str, Sequence[Exposure]]:
    """A path behind a login, an open one of the same service, and all others of another service."""
    base = Exposure(host=host, tls=Tls.secret(CERTIFICATE))
    return {
        GUARDED: [
            Exposure(name="admin", host=host, tls=base.tls, paths=("/admin",), auth=OIDC),
            Exposure(name="open", host=host, tls=base.tls, paths=("/open",)),
        ],
        OPEN: [base],
    }


@contextmanager
def provider(uvicorn: Path, folder: Path) -> Generator[Running]:
    """Run the OpenID provider, with the one user that it knows."""
    authority = Authority.made(folder)
    server = authority.sign(ISSUER, hosts=[ISSUER])
    flags = (
        *(
            "--factory",
            "oidc_provider_mock:app",
            "--interface",
            "wsgi",
            "--host",
            PROVIDER[0],
            "--port",
            str(PROVIDER[1]),
        ),
        *("--ssl-certfile", str(server.certificate), "--ssl-keyfile", str(server.key)),
    )
    with started(uvicorn, *flags, environment={}, folder=folder, name="provider") as running:
        eventually(lambda: _not_open(PROVIDER, running))
        claims = f'{{"email": "{EMAIL}", "email_verified": true, "preferred_username": "{USER}"}}'
        answer = ask_provider("PUT", f"/users/{USER}", claims, content="application/json")
        assert answer.status < 300, answer
        yield running


def ask_provider(
    method: str, target: str, body: str = "", *, content: str = "application/x-www-form-urlencoded"
) -> Answer:
    """Ask the OpenID provider, as a browser that is there does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(*PROVIDER, context=context, timeout=20)
    with closing(connection):
        connection.request(method, target, body, {"Host": ISSUER, "Content-Type": content})
        answer = connection.getresponse()
        headers = tuple((name.lower(), value) for name, value in answer.getheaders())
        return Answer(status=answer.status, headers=headers, body=answer.read())


@contextmanager
def proxy(program: Path, scenes: Scenes, name: str, authority: str, folder: Path) -> Generator[Running]:
    """Run the oauth2-proxy that is drawn for a scene. It answers for the addresses of all pods: one of them runs at a time."""
    assert scenes.result is not None
    place = scenes.place(name)
    [drawn] = [
        each
        for each in scenes.result.objects
        if each["kind"] == "Deployment"
        and each["metadata"]["namespace"] == place
        and each["metadata"]["name"].startswith("login-")
    ]
    values = {**SECRETS, (AUTHORITY.name, AUTHORITY.key): authority}
    container = container_of(drawn, values)
    arguments = drawn["spec"]["template"]["spec"]["containers"][0]["args"]
    command, flags = container.command(program, *arguments, hosts={ISSUER: PROVIDER[0]}, folder=folder)
    with started(command, *flags, environment={}, folder=folder, name=f"login-{place}") as running:
        eventually(lambda: _not_open((PROVIDER[0], LOGIN_PORT), running))
        yield running


def _not_open(there: tuple[str, int], running: Running) -> list[str]:
    running.check()
    try:
        socket.create_connection(there, 1).close()
    except OSError as error:
        return [f"{running.name}: {error}"]
    return []


@dataclass(kw_only=True, slots=True)
class Logins:
    """Runs the login of one scene after another."""

    program: Path
    folder: Path
    authority: str
    stack: ExitStack = field(default_factory=ExitStack)
    current: str = ""

    def use(self, scenes: Scenes, name: str) -> None:
        """Run the login of this scene, and not that of another."""
        place = scenes.place(name)
        if self.current != place:
            self.stack.close()
            self.stack.enter_context(proxy(self.program, scenes, name, self.authority, self.folder))
            self.current = place


@dataclass(kw_only=True, slots=True)
class Browser:
    """Keeps the cookies of a host, and follows redirects to the OpenID provider."""

    door: Door
    cookies: dict[str, str] = field(default_factory=dict[str, str])

    def ask(self, path: str, *, headers: Mapping[str, str] | None = None, source: str = CLIENT) -> Answer:
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.door.ask(path, headers=sent, source=source)
        self.cookies.update(answer.cookies)
        self.cookies = {name: value for name, value in self.cookies.items() if value}
        return answer

    def sign_in(self, path: str, *, source: str = CLIENT) -> Answer:
        """Ask for a path, log in at the provider as its user, and return the answer of the callback."""
        asked = self.ask(path, source=source)
        assert asked.status == FOUND, (asked.status, asked.body[:200])
        there = urlsplit(asked.header("Location") or "")
        assert (there.scheme, there.hostname) == ("https", ISSUER), there
        allowed = ask_provider("POST", f"{there.path}?{there.query}", urlencode({"sub": USER}))
        assert allowed.status == FOUND, (allowed.status, allowed.body[:200])
        back = urlsplit(allowed.header("Location") or "")
        assert (back.scheme, back.hostname) == ("https", self.door.host), back
        return self.ask(f"{back.path}?{back.query}", source=source)
