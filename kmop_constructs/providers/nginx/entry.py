"""VirtualServers that a platform team owns; application teams own the routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.entry import ExistingEntry, Listener
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.providers.cert_manager.certificate import draw_certificates
from kmop_constructs.providers.nginx.gateway import API, route_name
from kmop_constructs.providers.nginx.policies import clients
from kmop_constructs.providers.nginx.routes import dotless_name, locations, plain
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
    """Options of `NginxEntry`: the namespace of each path, and the class: ``NginxEntryOptions(paths={"/": "shop", "/pay": "payments"})``."""

    paths: Mapping[str, str] = field(default_factory=dict[str, str])
    """The namespace of each path. It applies to every host that accepts routes of the namespace, because a VirtualServer
    must name each route of another namespace. ``/pay`` is a prefix of whole path elements, ``=/pay`` the exact path. Default:
    ``/`` belongs to the one namespace of a host's routes."""

    ingress_class: str = "nginx"
    """The field ``ingressClassName`` of every object. Default: ``nginx``."""

    external_dns: bool = False
    """Whether external-dns makes a record of every host, with the controller's own address; the controller must run
    with ``-enable-external-dns``. Default: False."""

    def __post_init__(self) -> None:
        for path, namespace in mapping("NginxEntryOptions.paths", self.paths).items():
            if not plain(url_path("NginxEntryOptions.paths", text("NginxEntryOptions.paths", path).removeprefix("="))):
                raise bad("NginxEntryOptions.paths", "not a path that nginx compares unchanged", path,
                          "use letters, digits and '._~:@&=,-' between single slashes")  # fmt: skip
            dns_label("NginxEntryOptions.paths", namespace)
        object.__setattr__(self, "paths", frozen(self.paths))
        dns_subdomain("NginxEntryOptions.ingress_class", self.ingress_class)
        flag("NginxEntryOptions.external_dns", self.external_dns)


class NginxEntry(Placed, Construct):
    """A VirtualServer for each host, with paths that belong to other namespaces.

    ``NginxEntry(self, "public", listeners=[Listener("shop.acme.io", routes_from=("shop",))])``. Application teams
    attach with ``NginxGatewayOptions(entry=…)``; a path without a route gets 404.
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
        """Draw the VirtualServers, and the certificates of cert-manager issuers.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the entry unless `name` sets another.
            listeners: The hosts, and the namespaces of their routes.
            name: Name of the entry, with which the names of attached VirtualServerRoutes begin. Default: the id.
            options: The namespaces of paths. Default: `NginxEntryOptions()`.

        Raises:
            SpecError: A listener has no host; a host is a duplicate; a path belongs to no namespace, or to one with routes that
                no listener accepts.
            UnsupportedError: A listener has a field that a VirtualServer does not support.
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
            if hosts.setdefault(dotless_name(host), host) != host or [each.host for each in known].count(host) > 1:
                raise bad(
                    f"{where}: listeners", "duplicate host, or two hosts with one object name", host, "keep one of them"
                )
        if not known:
            raise SpecError(f"{where}: listeners: no host is served, got (); name a host: Listener('shop.acme.io')")
        routes = [(listener, self._routes(listener)) for listener in known]
        self._check_paths(known)
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        for listener, delegated in routes:
            self._draw(listener, delegated)
        draw_certificates(self, known)

    @property
    def entry(self) -> ExistingEntry:
        """The reference that application teams attach their routes to."""
        return ExistingEntry(self._name, namespace=self._namespace)

    def _checked(self, listener: Listener) -> str:
        where, tls = f"{self.path}: listeners", listener.tls
        if listener.host is None:
            raise bad(where, "a VirtualServer needs a host", None, "name a host: Listener('shop.acme.io', …)")
        if tls is not None and tls.hsts is not None:
            raise UnsupportedError(f"{where}: NginxEntry cannot set tls.hsts, because a VirtualServer with VirtualServerRoutes sets no "
                                   "headers; set it in Exposure.tls of the route")  # fmt: skip
        if tls is not None and tls.min_version is not None:
            raise UnsupportedError(f"{where}: NginxEntry cannot set tls.min_version, because it is set only for all hosts, in the "
                                   "controller's ConfigMap (ssl-protocols); set it there, or leave it out")  # fmt: skip
        return listener.host

    def _taken(self, listener: Listener) -> tuple[str, ...]:
        own = () if self._namespace is None else (self._namespace,)
        return listener.routes_from or own

    def _routes(self, listener: Listener) -> dict[str, str]:
        """Return the paths of a host with their namespaces."""
        taken = self._taken(listener)
        found = {path: namespace for path, namespace in self._options.paths.items() if namespace in taken}
        if found:
            return found
        if len(taken) != 1:
            raise SpecError(
                f"{self.path}: listeners: {listener.host!r} accepts routes of {', '.join(taken) or 'no known namespace'}, and a "
                "VirtualServer needs the namespace of each path; set them: NginxEntryOptions(paths={'/': …})"
            )
        return {"/": taken[0]}

    def _check_paths(self, listeners: Sequence[Listener]) -> None:
        every = {namespace for listener in listeners for namespace in self._taken(listener)}
        for path, namespace in self._options.paths.items():
            if namespace not in every:
                raise bad(f"{self.path}: options.paths[{path!r}]", "no listener accepts routes of this namespace", namespace,
                          "add it to Listener.routes_from, or remove the path")  # fmt: skip

    def _draw(self, listener: Listener, delegated: Mapping[str, str]) -> None:
        host, tls, options = listener.host or "", listener.tls, self._options
        name = dotless_name(host)
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
        """Return the locations of nginx with their namespaces."""
        every: dict[str, str] = {}
        for path, namespace in delegated.items():
            for location in locations(path.removeprefix("="), "Exact" if path.startswith("=") else "Prefix"):
                if every.setdefault(location, namespace) != namespace:
                    raise bad(f"{self.path}: options.paths[{path!r}]", f"the path already belongs to {every[location]!r}", namespace,
                              "keep one of them")  # fmt: skip
        return every
