"""The API server, spoken to as it is: no client library that corrects or drops anything on the way."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias, cast
from urllib.parse import quote

Object: TypeAlias = dict[str, Any]

JSON = "application/json"
WARNING = re.compile(r'\d{3} \S+ "((?:[^"\\]|\\.)*)"')


class UnknownKindError(Exception):
    """The server has no such kind."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    status: int
    body: Any
    warnings: tuple[str, ...] = ()
    """What the server's Warning headers say."""

    @property
    def ok(self) -> bool:
        return self.status < 300

    @property
    def message(self) -> str:
        body: object = self.body
        return str(cast("Object", body).get("message", body) if isinstance(body, dict) else body)


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """What the server calls a kind."""

    api_version: str
    plural: str
    kind: str
    namespaced: bool
    verbs: frozenset[str]

    def path(self, namespace: str | None = None, name: str | None = None) -> str:
        root = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        place = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{root}{place}/{self.plural}" + (f"/{quote(name)}" if name else "")


class Api:
    """An API server behind `kubectl proxy`, which knows how to log in."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connections = threading.local()
        self._opened: list[http.client.HTTPConnection] = []
        self._resources: dict[str, dict[str, Resource]] = {}

    def close(self) -> None:
        for connection in self._opened:
            connection.close()

    def send(
        self, method: str, path: str, body: object = None, *, as_user: str | None = None, content: str = JSON
    ) -> Answer:
        """One request. A refusal is an answer, not an exception."""
        headers = {"Content-Type": content, "Accept": JSON, "User-Agent": "kmop-constructs-tests"}
        if as_user is not None:
            headers["Impersonate-User"] = as_user
        text = None if body is None else json.dumps(body)
        for attempt in (1, 2):
            connection = self._connection()
            try:
                connection.request(method, path, body=text, headers=headers)
                response = connection.getresponse()
                content_read = response.read().decode()
            except (http.client.HTTPException, OSError):
                # The proxy closes connections that were idle; a new one is tried once.
                connection.close()
                del self._connections.value
                if attempt == 2:
                    raise
            else:
                said = tuple(
                    match.replace('\\"', '"')
                    for header in response.headers.get_all("Warning") or []
                    for match in WARNING.findall(header)
                )
                parsed = json.loads(content_read) if content_read.startswith(("{", "[")) else content_read
                return Answer(status=response.status, body=parsed, warnings=said)
        raise AssertionError

    def get(self, path: str) -> Object:
        answer = self.send("GET", path)
        if not answer.ok:
            message = f"GET {path}: {answer.status} {answer.message}"
            raise LookupError(message)
        return answer.body

    def items(self, path: str) -> list[Object]:
        return self.get(path)["items"]

    def exists(self, path: str) -> bool:
        return self.send("GET", path).ok

    def watch(self, path: str, resource_version: str) -> Watch:
        return Watch(self._port, path, resource_version)

    def resource(self, api_version: str, kind: str) -> Resource:
        """Raises `UnknownKindError` where the server has no such kind."""
        known = self._resources.get(api_version)
        if known is None or kind not in known:
            known = self._resources[api_version] = self._discover(api_version)
        if kind not in known:
            message = f"this server has no kind {kind} in {api_version}; is its definition in imports/crds/?"
            raise UnknownKindError(message)
        return known[kind]

    def path_of(self, item: Mapping[str, Any], namespace: str | None = None) -> str:
        """The path of an object that has a name."""
        metadata = item["metadata"]
        resource = self.resource(item["apiVersion"], item["kind"])
        return resource.path(metadata.get("namespace") or namespace or "default", metadata["name"])

    def resources(self) -> list[Resource]:
        """Every kind that can be listed, each in one version."""
        groups = [group["preferredVersion"]["groupVersion"] for group in self.get("/apis")["groups"]]
        found = [each for version in ("v1", *groups) for each in self._discover(version).values()]
        return [each for each in found if "list" in each.verbs]

    def _discover(self, api_version: str) -> dict[str, Resource]:
        answer = self.send("GET", f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}")
        if not answer.ok:
            return {}
        return {
            each["kind"]: Resource(
                api_version=api_version,
                plural=each["name"],
                kind=each["kind"],
                namespaced=each["namespaced"],
                verbs=frozenset(each["verbs"]),
            )
            for each in answer.body["resources"]
            if "/" not in each["name"]
        }

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._connections, "value"):
            self._connections.value = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            self._opened.append(self._connections.value)
        connection: http.client.HTTPConnection = self._connections.value
        return connection


class Watch:
    """Every change below a path from a resource version on, until it is closed.

    A server ends the watch of a reader that falls behind, and each after some time. It is taken up where it ended.
    """

    def __init__(self, port: int, path: str, resource_version: str) -> None:
        self._port = port
        self._path = path
        self._seen = resource_version
        self._woken = False
        self._open()

    def __iter__(self) -> Iterator[tuple[str, Object]]:
        """Raises `LookupError` when the server no longer knows what has changed since."""
        while not self._woken:
            with suppress(OSError, ValueError, http.client.HTTPException, AttributeError):  # ended, or closed meanwhile
                for line in self._response:
                    event = json.loads(line)
                    kind, item = event["type"], event["object"]
                    if kind == "ERROR":
                        message = f"watch {self._path} since {self._seen}: {item.get('message')}"
                        raise LookupError(message)
                    self._seen = item["metadata"]["resourceVersion"]
                    yield kind, item
            if not self._woken:
                self.close()
                self._open()

    def wake(self) -> None:
        """From another thread: a read that waits ends."""
        self._woken = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._response.close()
        self._socket.close()
        self._connection.close()

    def _open(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self._port)
        separator = "&" if "?" in self._path else "?"
        query = f"{separator}watch=1&resourceVersion={self._seen}&allowWatchBookmarks=true"
        self._connection.request("GET", self._path + query, headers={"Accept": JSON})
        self._socket = self._connection.sock
        self._response = self._connection.getresponse()
        if self._response.status != 200:
            message = f"watch {self._path} since {self._seen}: {self._response.status}"
            raise LookupError(message)


def many(value: Any) -> list[Object]:
    """A list of the server's, which says null for an empty one here and there."""
    return value or []


def name_of(item: Mapping[str, Any]) -> str:
    """Such as ``Deployment shop/web``."""
    metadata = item.get("metadata", {})
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{item.get('kind')} {place}{metadata.get('name')}"


def selector_query(labels: Mapping[str, str]) -> str:
    """Labels as a query parameter."""
    return "labelSelector=" + quote(",".join(f"{key}={value}" for key, value in sorted(labels.items())))
