"""VirtualServers that a platform team owns, for routes that app teams own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.entry import ExistingEntry, Listener
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.providers.cert_manager.certificate import draw_certificates
from kmop_constructs.providers.nginx.gateway import API, route_name
from kmop_constructs.providers.nginx.policies import clients
from kmop_constructs.providers.nginx.routes import locations, plain, slug
from kmop_constructs.values.names import (
    dns_label,
    dns_subdomain,
    flag,
    frozen,
    made_by,
    mapping,
    several,
    text,
    url_path,
)

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.typings import k8s_nginx_org as nginx

__all__ = ["NginxEntry", "NginxEntryOptions"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NginxEntryOptions:
    """What only F5 NGINX Ingress Controller knows: ``NginxEntryOptions(paths={"/": "shop", "/pay": "payments"})``."""

    paths: Mapping[str, str] = field(default_factory=dict[str, str])
    """Which namespace has which path, in every host that takes its routes: a VirtualServer names each route of another
    namespace. ``/pay`` is a prefix of whole path elements, ``=/pay`` the path alone. Default: ``/`` is of the one namespace
    whose routes a host takes."""

    ingress_class: str = "nginx"
    """``ingressClassName`` of every object. Default: ``nginx``."""

    external_dns: bool = False
    """The controller runs with ``-enable-external-dns``, and has external-dns make a record of every host that leads to the
    controller's own address. Default: no."""

    def __post_init__(self) -> None:
        for path, namespace in mapping("NginxEntryOptions.paths", self.paths).items():
            if not plain(url_path("NginxEntryOptions.paths", text("NginxEntryOptions.paths", path).removeprefix("="))):
                raise bad("NginxEntryOptions.paths", "not a path that nginx compares as it is written", path,
                          "use letters, digits and '._~:@&=,-' between single slashes")  # fmt: skip
            dns_label("NginxEntryOptions.paths", namespace)
        object.__setattr__(self, "paths", frozen(self.paths))
        dns_subdomain("NginxEntryOptions.ingress_class", self.ingress_class)
        flag("NginxEntryOptions.external_dns", self.external_dns)


class NginxEntry(Placed, Construct):
    """A VirtualServer for each host, whose paths belong to other namespaces.

    ``NginxEntry(self, "public", listeners=[Listener("shop.acme.io", routes_from=("shop",))])``. App teams attach with
    ``NginxGatewayOptions(entry=…)``; a path that none of them has is answered with 404.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        listeners: Sequence[Listener],
        name: str | None = None,
        options: NginxEntryOptions = NginxEntryOptions(),
    ) -> None:
        """Draw the VirtualServers, and the certificates that a cert-manager issuer makes.

        Args:
            scope: The construct it belongs to.
            id: Its id, and the entry's name unless `name` says otherwise.
            listeners: The hosts, and whose routes they take.
            name: The entry's name, with which the names of the app teams' VirtualServerRoutes begin. Default: the id.
            options: Whose the paths are.

        Raises:
            SpecError: A listener has no host; a host is there twice; a path belongs to nobody, or to nobody whose routes are
                taken.
            UnsupportedError: A listener asks for what a VirtualServer cannot say.
        """
        self._place = place_of(scope).child(id)
        where, chart = self.path, self._place.chart
        if chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        made_by(f"{where}: options", options, NginxEntryOptions)
        self._name, self._namespace = dns_subdomain(f"{where}: name", name or id), chart.namespace
        self._options = options
        known = several(f"{where}: listeners", listeners)
        hosts: dict[str, str] = {}
        for listener in known:
            made_by(f"{where}: listeners", listener, Listener)
            host = self._checked(listener)
            if hosts.setdefault(slug(host), host) != host or [each.host for each in known].count(host) > 1:
                raise bad(
                    f"{where}: listeners", "a host twice, or two that would have one name", host, "name each once"
                )
        if not known:
            raise SpecError(
                f"{where}: listeners: empty, so nothing would be let in; name a host: Listener('shop.acme.io')"
            )
        routes = [(listener, self._routes(listener)) for listener in known]
        self._check_paths(known)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        for listener, delegated in routes:
            self._draw(listener, delegated)
        draw_certificates(self, known)

    @property
    def entry(self) -> ExistingEntry:
        """What app teams attach their routes to."""
        return ExistingEntry(self._name, namespace=self._namespace)

    def _checked(self, listener: Listener) -> str:
        where, tls = f"{self.path}: listeners", listener.tls
        if listener.host is None:
            raise bad(where, "no host, which a VirtualServer needs", None, "name one: Listener('shop.acme.io', …)")
        if tls is not None and tls.hsts is not None:
            raise UnsupportedError(f"{where}: a VirtualServer that leads to VirtualServerRoutes writes no headers, so it cannot say "
                                   "tls.hsts; write it where the route is, in Exposure.tls")  # fmt: skip
        if tls is not None and tls.min_version is not None:
            raise UnsupportedError(f"{where}: NginxEntry cannot say tls.min_version, because it is set for all hosts at once in the "
                                   "controller's ConfigMap (ssl-protocols); set it there, or leave it out")  # fmt: skip
        return listener.host

    def _taken(self, listener: Listener) -> tuple[str, ...]:
        own = () if self._namespace is None else (self._namespace,)
        return listener.routes_from or own

    def _routes(self, listener: Listener) -> dict[str, str]:
        """The paths of a host and whose they are."""
        taken = self._taken(listener)
        found = {path: namespace for path, namespace in self._options.paths.items() if namespace in taken}
        if found:
            return found
        if len(taken) != 1:
            raise SpecError(
                f"{self.path}: listeners: {listener.host!r} takes routes of {', '.join(taken) or 'no known namespace'}, and a "
                "VirtualServer says whose each path is; name them: NginxEntryOptions(paths={'/': …})"
            )
        return {"/": taken[0]}

    def _check_paths(self, listeners: Sequence[Listener]) -> None:
        every = {namespace for listener in listeners for namespace in self._taken(listener)}
        for path, namespace in self._options.paths.items():
            if namespace not in every:
                raise bad(f"{self.path}: options.paths[{path!r}]", "a namespace whose routes no listener takes", namespace,
                          "name it in Listener.routes_from, or leave the path out")  # fmt: skip

    def _draw(self, listener: Listener, delegated: Mapping[str, str]) -> None:
        host, tls, options = listener.host or "", listener.tls, self._options
        name = slug(host)
        spec: nginx.VirtualServerSpec = {"ingressClassName": options.ingress_class, "host": host}
        if tls is not None:
            spec["tls"] = {"secret": tls.secret_for(host)}
            if tls.redirects:
                spec["tls"]["redirect"] = {"enable": True}
            if tls.mutual is not None:
                policy: nginx.Policy = {
                    "apiVersion": API,
                    "kind": "Policy",
                    "metadata": {"name": f"{name}-clients"},
                    "spec": {"ingressClassName": options.ingress_class, **clients(tls.mutual)},
                }
                Manifest(self, f"policy-clients-{name}", policy)
                spec["policies"] = [{"name": f"{name}-clients"}]
        if options.external_dns:
            spec["externalDNS"] = {"enable": True}
        every = self._locations(delegated)
        spec["routes"] = [
            {"path": location, "route": f"{every[location]}/{route_name(self._name, host, location)}"}
            for location in sorted(every, key=lambda each: (not each.startswith("="), -len(each), each))
        ]
        literal: nginx.VirtualServer = {
            "apiVersion": API,
            "kind": "VirtualServer",
            "metadata": {"name": name},
            "spec": spec,
        }
        Manifest(self, f"server-{name}", literal)

    def _locations(self, delegated: Mapping[str, str]) -> dict[str, str]:
        """The locations of nginx and whose they are."""
        every: dict[str, str] = {}
        for path, namespace in delegated.items():
            for location in locations(path.removeprefix("="), "Exact" if path.startswith("=") else "Prefix"):
                if every.setdefault(location, namespace) != namespace:
                    raise bad(f"{self.path}: options.paths[{path!r}]", f"a path that {every[location]!r} has already", namespace,
                              "give it to one of them")  # fmt: skip
        return every
