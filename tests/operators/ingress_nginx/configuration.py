"""The configuration of nginx for Ingresses of ingress-nginx, whose own controller needs Lua and a patched nginx.

It has what answers depend on of rootfs/etc/nginx/template/nginx.tmpl, at controller-v1.15.1 of github.com/kubernetes/ingress-nginx:
`http` and `SERVER`. An annotation without a directive is a ValueError, so that nothing is left out without a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.certificates import make_certificate
from tests.operators.ingress_nginx import directives
from tests.operators.ingress_nginx.cluster_objects import Ingresses, IngressPath, Upstream
from tests.operators.ingress_nginx.upstreams import Target, target

DEFAULT = "_"
"""The host of requests for no other (`defServerName` of internal/ingress/controller/controller.go)."""

HTTP = """\
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    client_header_buffer_size 1k; large_client_header_buffers 4 8k; client_body_buffer_size 8k;
    keepalive_timeout 75s; underscores_in_headers off; ignore_invalid_headers on;
    limit_req_status 503; default_type text/html;
    server_tokens off; more_clear_headers Server;
    server_name_in_redirect off; port_in_redirect off;
    ssl_protocols TLSv1.2 TLSv1.3; ssl_early_data off;
    ssl_certificate {folder}/default.crt; ssl_certificate_key {folder}/default.key;
    access_log off;
    map $http_upgrade $connection_upgrade {{ default upgrade; "" ""; }}
    map $http_x_request_id $req_id {{ default $http_x_request_id; "" $request_id; }}
    map $scheme $pass_port {{ https 443; default 80; }}
    map $scheme $hsts {{ https "{hsts}"; default ""; }}
    map $http_host $only_host {{ "~^(?<name>[^:]*):" $name; default $http_host; }}
    map $request_uri $uri_without_slash {{ "~^(?<cut>.*)/$" $cut; default $request_uri; }}
    upstream default-backend {{ server unix:{folder}/default.sock; }}
    server {{ listen unix:{folder}/default.sock; location / {{ return 404; }} }}
"""
"""The level `http`, and `backend for when default-backend-service is not configured`."""


@dataclass(kw_only=True, slots=True)
class Configuration:
    """The text of nginx.conf, and what has been written for it."""

    ingresses: Ingresses
    http: int
    https: int
    targets: dict[Upstream, Target] = field(default_factory=dict[Upstream, Target])
    zones: dict[str, None] = field(default_factory=dict[str, None])

    def text(self) -> str:
        """Write certificates and users into the folder, and return the configuration."""
        folder = self.ingresses.folder
        make_certificate(
            "/CN=Kubernetes Ingress Controller Fake Certificate", folder / "default.crt", folder / "default.key"
        )
        paths = self.ingresses.paths(canaries=False)
        others = {(each.host, each.path): each for each in self.ingresses.paths(canaries=True)}
        canaries = {each.upstream: others.pop((each.host, each.path)) for each in paths if (each.host, each.path) in others}  # fmt: skip
        if others:
            message = f"canaries without a path that they take requests of: {sorted(others)}"
            raise ValueError(message)
        for each in paths:
            if each.upstream not in self.targets:
                found = target(each.upstream, each.annotations, canaries.get(each.upstream), self.ingresses)
                self.targets[each.upstream] = found
        hosts = {
            host: [each for each in paths if each.host == host] for host in sorted({*(p.host for p in paths), DEFAULT})
        }
        servers = [self._server(host, found) for host, found in hosts.items()]
        for each in (*paths, *canaries.values()):
            each.annotations.check()
        upstreams = [line for each in self.targets.values() for line in each.lines]
        head = HTTP.format(folder=folder, hsts=directives.HSTS)
        body = "\n".join(f"    {line}" for line in (*upstreams, *self.zones, *servers))
        return (
            f"daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr error;\n"
            f"events {{ worker_connections 1024; }}\nhttp {{\n{head}{body}\n}}\n"
        )

    def _server(self, host: str, paths: Sequence[IngressPath]) -> str:
        lines = [f'server_name "{_server_name(host)}";', *self._listen(host)]
        lines += [line for each in self._locations(paths) for line in each]
        if host == DEFAULT:
            lines.append("location /healthz { return 200; }")
        return "server {\n" + "\n".join(f"        {line}" for line in lines) + "\n    }"

    def _listen(self, host: str) -> Iterator[str]:
        default = " default_server" if host == DEFAULT else ""
        yield f"listen {self.http}{default};"
        yield f"listen {self.https}{default} ssl;"
        if (secret := self.ingresses.certificates().get(host)) is not None:
            yield f"ssl_certificate {self.ingresses.write(secret, 'tls.crt')};"
            yield f"ssl_certificate_key {self.ingresses.write(secret, 'tls.key')};"

    def _locations(self, paths: Sequence[IngressPath]) -> Iterator[list[str]]:
        """Sort the longest first, as `getBackendServers` of controller.go does.

        With one rewrite or use-regex every path of the host is an expression, without case and a beginning (`buildLocation`).
        """
        regex = any(_is_regex(each) for each in paths)
        expanded = [each for path in paths for each in _expanded(path, paths)]
        for each in sorted(expanded, key=lambda each: (len(each.path), each.path), reverse=True):
            yield self._location(_head(each, regex=regex), each)
        if not any(each.path == "/" and each.type != "Exact" for each in paths):
            yield self._location('~* "^/"' if regex else "/", paths[0] if paths else None, default=True)

    def _location(self, head: str, path: IngressPath | None, *, default: bool = False) -> list[str]:
        """A location: `default` leads to the default backend, with the annotations of the first Ingress of the host."""
        if path is None:
            return [
                f"location {head} {{ more_set_headers 'Strict-Transport-Security: $hsts'; proxy_pass http://default-backend; }}"
            ]
        annotations, found = path.annotations, self.targets[path.upstream]
        annotations.get("use-regex")
        lines = [
            *directives.cors(annotations),
            *directives.redirect(annotations),
            *directives.to_https(annotations, certificate=path.host in self.ingresses.certificates()),
            *directives.access(annotations, self.ingresses),
            *directives.times(annotations),
            *directives.backend_tls(annotations, self.ingresses),
            *(f"proxy_set_header {name} {value};" for name, value in directives.TO_SERVICE.items()),
            "more_set_headers 'Strict-Transport-Security: $hsts';",
            "proxy_http_version 1.1;",
        ]
        if (zone := directives.zone(annotations)) is not None:
            self.zones[zone[0]] = None
            lines.append(zone[1])
        if found.cookie is not None:
            lines.append(f"add_header Set-Cookie {found.cookie} always;")
        if default:
            lines.append("proxy_pass http://default-backend;")
        elif found.name is None:
            lines.append("return 503;")
        else:
            lines += directives.passing(path, found.name)
        return [f"location {head} {{", *(f"    {line}" for line in lines), "}"]


def _is_regex(path: IngressPath) -> bool:
    """`needsRewrite` and `UseRegex`, in `enforceRegexModifier` of template.go."""
    return path.annotations.is_true("use-regex") or path.annotations.get("rewrite-target") not in (None, path.path)


def _expanded(path: IngressPath, others: Iterable[IngressPath]) -> list[IngressPath]:
    """`updateServerLocations` of internal/ingress/controller/location.go: a prefix is its beginning with a slash, and itself."""
    if path.path == "/" or path.type != "Prefix" or _is_regex(path):
        return [path]
    prefix = replace(path, path=path.path.rstrip("/") + "/")
    if any(each.path == path.path and each.type == "Exact" for each in others):
        return [prefix]
    return [prefix, replace(path, type="Exact")]


def _head(path: IngressPath, *, regex: bool) -> str:
    if regex:
        return f'~* "^{path.path}"'
    return f'= "{path.path}"' if path.type == "Exact" else f'"{path.path}"'


def _server_name(host: str) -> str:
    """`buildServerName` of template.go: a wildcard is an expression for one label."""
    if not host.startswith("*."):
        return host
    return r"~^(?<subdomain>[\w-]+)\." + host.removeprefix("*.").replace(".", r"\.") + "$"


def configuration(ingresses: Ingresses, ports: Mapping[str, int]) -> str:
    """The configuration for the ports ``http`` and ``https``."""
    return Configuration(ingresses=ingresses, http=ports["http"], https=ports["https"]).text()
