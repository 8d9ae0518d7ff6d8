"""Images of what manifests name: real servers where Debian has them, a stand-in elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict, cast

from tools.real_nodes.binaries import NodeBinaries

Object = dict[str, Any]
HERE = Path(__file__).parent
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
USERS = "".join(
    f"{name}:x:{number}:{number}:{name}:/tmp:/bin/sh\n"
    for name, number in (("root", 0), ("nginx", 101), ("server", 999), ("bitnami", 1001), ("nonroot", 65532))
)
NGINX = """pid /tmp/nginx.pid; error_log stderr; daemon off; worker_processes 1;
events { worker_connections 512; }
http { access_log off; client_body_temp_path /tmp/c; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f;
 uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
 server { listen 8080; location / { return 200 "$hostname\\n"; } } }
"""


class Image(TypedDict, total=False):
    """What the program `imager` makes an image of."""

    layers: list[str]
    files: dict[str, str]
    programs: dict[str, str]
    links: dict[str, str]
    directories: list[str]
    entrypoint: list[str]
    cmd: list[str]
    user: str
    env: list[str]
    workdir: str


@dataclass
class _Plays:
    """What a stand-in has to do."""

    listen: dict[int, str] = field(default_factory=dict[int, str])
    roles: dict[str, str] = field(default_factory=dict[str, str])
    links: set[str] = field(default_factory=set[str])


class Images:
    """The images of a registry, by repository and tag."""

    def __init__(self, binaries: NodeBinaries) -> None:
        self._binaries = binaries
        self.more: dict[str, Image] = {}
        """Further images, by the last part of their names without the tag: those of operators."""

    def own(self) -> dict[str, Image]:
        """Images that every cluster needs."""
        layer = self._layer
        return {
            "pause:1": {"layers": [layer("pause")], "entrypoint": ["/pause"], "user": "65535:65535"},
            "coredns:1": {"layers": [layer("coredns")], "entrypoint": ["/coredns"]},
            "local-path-provisioner:1": {
                "layers": [layer("local-path-provisioner")],
                "entrypoint": ["/local-path-provisioner"],
            },
            "metrics-server:1": {"layers": [layer("metrics-server")], "entrypoint": ["/metrics-server"]},
            "library/busybox:1": self._with_shell(["/bin/sh"]),
        }

    def of(self, objects: Iterable[Object]) -> tuple[dict[str, Image], list[Object]]:
        """Return the images that pods of manifests need, and the manifests without digests: nobody can make a given one."""
        changed = [deepcopy(item) for item in objects]
        found: dict[str, Image] = {}
        stand_ins: dict[str, _Plays] = {}
        for item in changed:
            for sort, container in containers(item):
                container["image"] = container["image"].partition("@")[0]
                name = repository(container["image"])
                real = self._real(name)
                if real is not None:
                    found[name] = real
                else:
                    plays = stand_ins.setdefault(name, _Plays())
                    _learn(plays, container, ends=sort != "containers" or item["kind"] in ("Job", "CronJob"))
        for name, plays in stand_ins.items():
            found[name] = self._stand_in(plays)
        return found, changed

    def is_real(self, image: str) -> bool:
        """Whether a real server runs for an image."""
        return self._real(repository(image)) is not None

    def _real(self, name: str) -> Image | None:
        base, _, _ = name.rpartition("/")[2].partition(":")
        if base in self.more:
            return self.more[base]
        match base:
            case "nginx-unprivileged":
                image = self._with_shell(["/usr/sbin/nginx", "-c", "/etc/nginx.conf"], "nginx")
                image["files"] = {"/etc/nginx.conf": NGINX, "/etc/passwd": USERS}
                return {**image, "user": "101"}
            case "redis":
                return {
                    **self._with_shell(["/usr/bin/redis-server", "--protected-mode", "no"], "redis"),
                    "workdir": "/data",
                }
            case "postgres":
                image = self._with_shell(["/usr/local/bin/docker-entrypoint.sh"], "postgres")
                entry = (HERE / "images" / "postgres.sh").read_text(encoding="utf-8")
                image["programs"] = {"/usr/local/bin/docker-entrypoint.sh": entry}
                return {**image, "user": "999", "env": ["PATH=/usr/lib/postgresql/15/bin:/usr/bin:/bin"]}
            case "mysql":
                entry = (HERE / "images" / "mysql.sh").read_text(encoding="utf-8")
                image = self._with_shell(["/usr/local/bin/docker-entrypoint.sh"], "mysql")
                names = {"/usr/bin/mysql": "/usr/bin/mariadb", "/usr/bin/mysqldump": "/usr/bin/mariadb-dump"}
                return {
                    **image,
                    "links": {**image.get("links", {}), **names},
                    "programs": {"/usr/local/bin/docker-entrypoint.sh": entry},
                    "user": "999",
                    "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
                }
            case "rabbitmq":
                return self._rabbitmq(manages="management" in name)
            case "prometheus":
                return {
                    **self._with_shell(["/usr/bin/prometheus"], "prometheus"),
                    "cmd": ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"],
                    "user": "65534",
                    "workdir": "/prometheus",
                }
            case "busybox":
                return self._with_shell(["/bin/sh"])
            case "curl":
                return self._with_shell(["/bin/env"], "curl")
            case "load":
                return {**self._with_shell(["/standin", "sleep"], "hammer"), "user": "65532"}
            case "database-client":
                return {
                    **self._with_shell(["/standin", "sleep"], "redis", "postgres", "mysql", "amqp"),
                    "user": "65532",
                    "env": ["PATH=/usr/lib/postgresql/15/bin:/usr/bin:/bin"],
                }
            case _:
                return None

    def _rabbitmq(self, *, manages: bool) -> Image:
        """The official image logs to the console, and has metrics; a variant has the management UI."""
        image = self._with_shell(["/usr/lib/rabbitmq/bin/rabbitmq-server"], "rabbitmq")
        plugins = ["rabbitmq_prometheus", *(["rabbitmq_management"] if manages else [])]
        image["files"] = {"/etc/passwd": USERS, "/etc/rabbitmq/enabled_plugins": f"[{','.join(plugins)}].\n"}
        env = ["PATH=/usr/lib/rabbitmq/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/var/lib/rabbitmq", "RABBITMQ_LOGS=-"]
        return {**image, "user": "999", "env": [*env, "LANG=C.UTF-8"]}

    def _stand_in(self, plays: _Plays) -> Image:
        listen = [{"port": number, "kind": kind} for number, kind in sorted(plays.listen.items())]
        return {
            "layers": [self._layer("standin")],
            "entrypoint": ["/standin"],
            "user": "65532",
            "env": ["PATH=/bin:/usr/bin"],
            "files": {"/standin.json": json.dumps({"listen": listen, "roles": plays.roles})},
            "links": dict.fromkeys(sorted(plays.links), "/standin"),
        }

    def _with_shell(self, entrypoint: list[str], *servers: str) -> Image:
        layers = [self._layer("shell"), *(self._layer(server) for server in servers), self._layer("standin")]
        # busybox has no `nc -z`, and its shell prefers its own applets.
        links = {"/usr/bin/nc": "/standin", "/bin/nc": "/standin"}
        return {"layers": layers, "entrypoint": entrypoint, "files": {"/etc/passwd": USERS}, "links": links,
                "directories": ["/tmp"]}  # fmt: skip

    def _layer(self, name: str) -> str:
        return str(self._binaries.layers / f"{name}.tar.gz")


def containers(item: Object) -> Iterator[tuple[str, Object]]:
    """Every container of the pods that an object makes, with the field that it is in."""
    spec = _object(item.get("spec"))
    if item["kind"] == "CronJob":
        spec = _object(_object(spec["jobTemplate"])["spec"])
    pod = spec if item["kind"] == "Pod" else _object(_object(spec.get("template")).get("spec"))
    for sort in ("initContainers", "containers"):
        for container in _objects(pod.get(sort)):
            if "image" not in container:
                continue  # an operator adds it
            sidecar = sort == "initContainers" and container.get("restartPolicy") == "Always"
            yield "containers" if sidecar else sort, container


def _object(value: object) -> Object:
    return cast("Object", value) if isinstance(value, dict) else {}


def _objects(value: object) -> list[Object]:
    return cast("list[Object]", value) if isinstance(value, list) else []


def _words(value: object) -> list[str]:
    return cast("list[str]", value) if isinstance(value, list) else []


def repository(image: str) -> str:
    """The name of an image in a registry that stands in for all others: ``docker.io/redis:7`` is ``library/redis:7``."""
    image = image.partition("@")[0]
    first, _, rest = image.partition("/")
    if rest and ("." in first or ":" in first or first == "localhost"):
        image = rest if first != "docker.io" or "/" in rest else f"library/{rest}"
    elif not rest:
        image = f"library/{image}"
    return image if ":" in image.rpartition("/")[2] else f"{image}:latest"


def _learn(plays: _Plays, container: Object, *, ends: bool) -> None:
    """Learn from a container what its stand-in has to listen to, and which commands it is started by."""
    command = [*_words(container.get("command")), *_words(container.get("args"))]
    if container.get("command"):
        plays.links.add(_path(command[0]))
    if ends:
        plays.roles[" ".join(command)] = "end"
        return
    for port in _objects(container.get("ports")):
        if port.get("protocol", "TCP") == "TCP":
            plays.listen.setdefault(port["containerPort"], "tcp")
    for probe in (_object(container.get(each)) for each in PROBES):
        if "httpGet" in probe:
            plays.listen[_number(container, probe["httpGet"]["port"])] = "http"
        if "grpc" in probe:
            plays.listen[probe["grpc"]["port"]] = "grpc"
        if "exec" in probe:
            words = _words(probe["exec"]["command"])
            plays.roles[" ".join(words)] = "probe"
            plays.links.add(_path(words[0]))


def _path(program: str) -> str:
    return program if program.startswith("/") else f"/bin/{program.removeprefix('./')}"


def _number(container: Object, port: int | str) -> int:
    if isinstance(port, int):
        return port
    return next(int(each["containerPort"]) for each in _objects(container["ports"]) if each.get("name") == port)
