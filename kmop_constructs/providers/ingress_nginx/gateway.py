"""Routes by Ingresses with annotations of ingress-nginx (https://github.com/kubernetes/ingress-nginx), which is retired."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.api_gateway.annotations import route_annotations
from kmop_constructs.components.api_gateway.auth import Oidc
from kmop_constructs.components.api_gateway.capability import Supports, admit
from kmop_constructs.components.api_gateway.login import EVERYBODY, draw_login, widest
from kmop_constructs.components.api_gateway.nginx import nginx_size
from kmop_constructs.components.api_gateway.placed import PlacedGateway
from kmop_constructs.components.api_gateway.slug import slug
from kmop_constructs.components.api_gateway.targets import controllers_of, route_facts
from kmop_constructs.core.derived import agree, contribute, derive, parts_of
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import created, place_of
from kmop_constructs.providers.cert_manager.certificate import draw_certificate
from kmop_constructs.providers.ingress_nginx.annotations import (
    PREFIX,
    refused,
    served,
    whole_host,
)
from kmop_constructs.providers.ingress_nginx.routes import (
    Canary,
    Location,
    canaries,
    groups,
    location,
    mains,
    upstream,
    uses_regex,
)
from kmop_constructs.providers.ingress_nginx.supports import SUPPORTS
from kmop_constructs.values.names import dns_subdomain, flag, made_by
from kmop_constructs.values.pods import Peer, Pods, check_peer
from kmop_constructs.values.quantity import Size

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.route import Redirect
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s

__all__ = ["IngressNginxGateway", "IngressNginxGatewayOptions"]

_URL = re.compile(r"[A-Za-z0-9._~/:,?&=-]*")
"""Targets of a redirect that it accepts (internal/ingress/annotations/parser, URLIsValidRegex)."""

DEFAULT = Pods.of(
    {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}, namespace="ingress-nginx"
)
"""The pods of its Helm chart (charts/ingress-nginx/templates/controller-deployment.yaml, chart 4.15)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IngressNginxGatewayOptions:
    """Options of `IngressNginxGateway`: the class, the pods, and the buffers of ingress-nginx."""

    ingress_class: str = "nginx"
    """The field ``ingressClassName``. Default: ``nginx``, the class of its Helm chart."""

    controller: Peer | None = None
    """The pods of the controller, which the policies let in. Default: `Peers.ingress_controller`, else those of its
    Helm chart."""

    proxy_buffer_size: Size | None = None
    """Buffer for the headers of a response; larger headers, as with long tokens in cookies, cause 502.
    Default: the controller's setting, 4 KiB unless its ConfigMap changes it."""

    proxy_buffering: bool | None = None
    """Whether responses are buffered before they are sent to the client. Default: the controller's setting, off unless
    its ConfigMap changes it."""

    def __post_init__(self) -> None:
        dns_subdomain("IngressNginxGatewayOptions.ingress_class", self.ingress_class)
        check_peer("IngressNginxGatewayOptions.controller", self.controller)
        made_by("IngressNginxGatewayOptions.proxy_buffer_size", self.proxy_buffer_size, Size, type(None))
        if self.proxy_buffering is not None:
            flag("IngressNginxGatewayOptions.proxy_buffering", self.proxy_buffering)

    @property
    def annotations(self) -> dict[str, str]:
        """The annotations of every Ingress that leads to a Service."""
        annotations = (
            {} if self.proxy_buffer_size is None else {"proxy-buffer-size": nginx_size(self.proxy_buffer_size)}
        )
        if self.proxy_buffering is not None:
            annotations["proxy-buffering"] = "on" if self.proxy_buffering else "off"
        return annotations


class IngressNginxGateway(PlacedGateway, Construct):
    """Ingresses with annotations of ingress-nginx, one for each set of paths with the same annotations.

    Its maintenance ended in March 2026, and each use reports the notice ``gateway-retired``;
    docs/gateways/leaving-ingress-nginx.md describes a migration. ``Platform(gateway=IngressNginxGateway)``
    """

    SUPPORTS: ClassVar[Supports] = SUPPORTS
    """What the gateway supports, by feature: the source of errors and of the capability table."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        intent: Exposure,
        options: IngressNginxGatewayOptions = IngressNginxGatewayOptions(),
    ) -> None:
        """Draw the Ingresses of an exposure. The platform calls this.

        At synth, there is a finding if two exposures differ in a value that the controller has only once: the certificate
        and the client CA of a host, the canary of a Service and port.

        Args:
            scope: The exposed workload; the Ingresses are drawn below it.
            id: Id of the construct.
            service: Names, labels and ports of the exposed service.
            intent: The exposure.
            options: Options of the gateway. Default: `IngressNginxGatewayOptions()`.

        Raises:
            UnsupportedError: No annotation supports a feature of the exposure.
        """
        self._place = place_of(scope).child(id)
        made_by("IngressNginxGateway: options", options, IngressNginxGatewayOptions)
        admit(self._place.path, type(self).__name__, self.SUPPORTS, intent, service)
        self._service, self._exposure, self._options = service, intent, options
        self._controllers = controllers_of(service, options.controller, DEFAULT)
        self._gives = route_facts(service, intent, self._controllers)
        self._names: set[str] = set()
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        message = (
            "is exposed through ingress-nginx, which was retired in March 2026 and gets no more security fixes; "
            "docs/gateways/leaving-ingress-nginx.md describes a migration"
        )
        finding = Finding(path=service.path, rule="gateway-retired", message=message, severity="notice")
        self._place.give(finding)
        self._agree()
        self._draw()

    def _agree(self) -> None:
        """Agree with all exposures of the hosts on their settings, and record whether this one has regular expressions."""
        exposure = self._exposure
        scope = self._scope()
        for host in exposure.hosts or ("",):
            part = _Host(exposure.hosts or ("",), uses_regex(exposure))
            contribute(self._place, self._key(host), part)
            tls = exposure.tls
            if tls is not None:
                agreed = {
                    "the Secret of the certificate": (scope, tls.secret_for(exposure.hosts[0])),
                    "the certificates of clients": (scope, tls.mutual) if tls.mutual else None,
                }
                key = ("TLS of the host", self._options.ingress_class, host)
                agree(self._place, key, agreed, hint="a host has one configuration: use the same values in its exposures")  # fmt: skip

    def _key(self, host: str) -> tuple[str, str, str]:
        return ("paths of the host", self._options.ingress_class, host)

    def _draw(self) -> None:
        service, exposure = self._service, self._exposure
        agreed = {
            **whole_host(service, exposure),
            **self._login(),
            **served(service, exposure),
            **self._options.annotations,
        }
        found = groups(service, exposure)
        if len(found) > 1 and exposure.rate_limit is not None:
            why = f"it counts each Ingress on its own, and rewrites and gRPC need {len(found)} Ingresses here"
            raise refused(service, "rate_limit_client", why)
        if exposure.tls is not None:
            draw_certificate(self, service, exposure.hosts, exposure.tls)
        for group in found:
            self._ingress(group.name, {**agreed, **group.annotations}, group.locations)
        self._canaries()
        for redirect in exposure.redirects:
            self._redirect(redirect, found[0].locations[0].backend)

    def _canaries(self) -> None:
        service, exposure = self._service, self._exposure
        found = canaries(service, exposure)
        drawn: list[tuple[Canary, list[Location]]] = []
        for number, main in mains(service, exposure).items():
            where, canary = found.get(number, (None, None))
            self._keeps(main, {"the Service that gets some of its requests": canary and canary.rule})
            self._keeps_cookie(main)
            if where is not None and canary is not None:
                self._keeps(upstream(canary.backend), {"the requests that it gets": canary.rule})
                same = next((locations for each, locations in drawn if each == canary), None)
                if same is None:
                    drawn.append((canary, [where]))
                else:
                    same.append(where)
        for canary, locations in drawn:
            to, port = upstream(canary.backend)
            name = f"{exposure.name or service.name}-to-{to}"
            name = name if name not in self._names else f"{name}-{port}"
            self._ingress(name, canary.annotations, locations, tls=False)

    def _keeps(self, target: tuple[str, str | int], annotations: Mapping[str, object]) -> None:
        """Agree on the canary of a Service and port; the controller has one for each."""
        every = {"the Service that gets some of its requests": None, "the requests that it gets": "all", **annotations}
        scope = f"{self._options.ingress_class} {self._scope()}"
        key = ("requests to", scope, f"{target[0]}:{target[1]}")
        hint = "ingress-nginx has one canary for a Service and port, for all hosts: use the same values in the exposures, or another Service for the canary"  # fmt: skip
        agree(self._place, key, every, hint=hint)

    def _keeps_cookie(self, target: tuple[str, str | int]) -> None:
        """Agree on the cookie of a Service and port; the controller has one for each."""
        sticky, tls = self._exposure.sticky, self._exposure.tls
        if sticky is not None:
            scope = f"{self._options.ingress_class} {self._scope()}"
            agreed = {"the cookie": sticky, "whether it is only for HTTPS": tls is not None and tls.redirects}
            key = ("cookie for", scope, f"{target[0]}:{target[1]}")
            agree(self._place, key, agreed, hint="ingress-nginx has one cookie for a Service and port, for all hosts: use the same values in the exposures")  # fmt: skip

    def _redirect(self, redirect: Redirect, backend: k8s.IngressBackend) -> None:
        """Draw an Ingress that redirects every path to a whole URL; a path of the same host needs one Ingress for each host."""
        service, exposure = self._service, self._exposure
        where = location(service, redirect.path, redirect.match, backend, feature="redirects")
        name = f"{exposure.name or service.name}-redirect-{slug(redirect.path)}"
        annotation = "permanent-redirect" if redirect.permanent else "temporal-redirect"
        same_host = redirect.target[0] is None
        if same_host and (not exposure.hosts or any(host.startswith("*.") for host in exposure.hosts)):
            raise refused(
                service,
                "redirects",
                "it redirects only to whole URLs, and the host is not known; write a URL: 'https://…'",
            )
        if same_host and exposure.tls is not None and not exposure.tls.redirects:
            raise refused(
                service,
                "redirects",
                "it redirects only to whole URLs, and HTTP and HTTPS are both open; write a URL: 'https://…'",
            )
        scheme = "http" if exposure.tls is None else "https"
        for number, host in enumerate(exposure.hosts if same_host else ("",)):
            to = f"{scheme}://{host}{redirect.to}" if same_host else redirect.to
            if not _URL.fullmatch(to):
                raise refused(
                    service, "redirects", f"it supports only letters, digits and '._~/:,?&=-' in a URL, and not {to!r}"
                )
            annotations = {**whole_host(service, exposure), annotation: to}
            own = f"{name}-{slug(host)}" if number else name
            self._ingress(own, annotations, [where], hosts=(host,) if same_host else None)

    def _login(self) -> dict[str, str]:
        """Draw oauth2-proxy and its paths, and return the annotations that send users there."""
        service, exposure = self._service, self._exposure
        if not isinstance(exposure.auth, Oidc):
            return {}
        proxy = draw_login(self, service=service, exposure=exposure, controllers=self._controllers)
        scope = self._scope()
        addresses = ("addresses of the login", scope, proxy.name)
        contribute(self._place, addresses, tuple(exposure.allow_from))
        backend: k8s.IngressBackend = {"service": {"name": proxy.name, "port": {"number": proxy.port}}}
        where = [location(service, proxy.prefix, "Prefix", backend)]
        annotations = _prefixed({**whole_host(service, exposure), **self._options.annotations})

        def draw(synthesis: Synthesis) -> k8s.Ingress:
            regex = self._has_regex(synthesis)
            written = {f"{PREFIX}use-regex": "true", **annotations} if regex else annotations
            allowed = widest([part for _, part in parts_of(synthesis, addresses, tuple[str, ...])])
            if allowed != EVERYBODY:
                written = {**written, f"{PREFIX}whitelist-source-range": ",".join(allowed)}
            metadata = cast("k8s.ObjectMeta", {"name": proxy.name} | ({"annotations": written} if written else {}))
            return self._literal(metadata, where, proxy.hosts, regex=regex)

        drawn = Deferred(api_version="networking.k8s.io/v1", kind="Ingress", name=proxy.name, draw=draw)
        key, agreed = ("Ingress", scope, proxy.name), {"TLS": exposure.tls, "options": self._options}
        derive(self._place, key, drawn, says=agreed)
        return {
            "auth-url": proxy.auth_url,
            "auth-signin": f"https://$host{proxy.start_path}?rd=$escaped_request_uri",
            "auth-response-headers": ",".join(proxy.headers),
        }

    def _ingress(
        self,
        name: str,
        said: Mapping[str, str],
        locations: Sequence[Location],
        *,
        hosts: Sequence[str] | None = None,
        tls: bool = True,
    ) -> None:
        service, exposure = self._service, self._exposure
        annotations = _prefixed(said)
        annotations |= exposure.dns.annotations() if exposure.dns is not None else {}
        route_annotations(service, exposure, annotations)  # raise the error here and not at synth, if possible
        names = exposure.hosts if hosts is None else hosts

        def draw(synthesis: Synthesis) -> k8s.Ingress:
            regex = self._has_regex(synthesis)
            written = {f"{PREFIX}use-regex": "true", **annotations} if regex and "canary" not in said else annotations
            metadata = cast("k8s.ObjectMeta", {"name": name, "labels": dict(service.labels)})
            every = route_annotations(service, exposure, written)
            if every:
                metadata["annotations"] = every
            return self._literal(metadata, locations, names, regex=regex, tls=tls)

        while name in self._names:
            name += "-2"
        self._names.add(name)
        Manifest(
            self, f"ingress-{name}", Deferred(api_version="networking.k8s.io/v1", kind="Ingress", name=name, draw=draw)
        )

    def _literal(
        self,
        metadata: k8s.ObjectMeta,
        locations: Sequence[Location],
        hosts: Sequence[str],
        *,
        regex: bool,
        tls: bool = True,
    ) -> k8s.Ingress:
        exposure, paths = self._exposure, [each.drawn(regex) for each in locations]
        rules = [
            cast("k8s.IngressRule", {"host": host} if host else {}) | {"http": {"paths": paths}}
            for host in hosts or ("",)
        ]
        spec: k8s.IngressSpec = {"ingressClassName": self._options.ingress_class, "rules": rules}
        if tls and exposure.tls is not None:
            spec["tls"] = [{"hosts": list(hosts), "secretName": exposure.tls.secret_for(exposure.hosts[0])}]
        return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec}

    def _has_regex(self, synthesis: Synthesis) -> bool:
        """Return whether a host has regular expressions, or shares an Ingress with a host that has."""
        waiting, seen = list(self._exposure.hosts or ("",)), set[str]()
        while waiting:
            host = waiting.pop()
            if host not in seen:
                seen.add(host)
                for _, part in parts_of(synthesis, self._key(host), _Host):
                    if part.regex:
                        return True
                    waiting.extend(part.hosts)
        return False


@dataclass(frozen=True, slots=True)
class _Host:
    """The hosts of an exposure, and whether it turns all their paths into regular expressions."""

    hosts: tuple[str, ...]
    regex: bool


def _prefixed(annotations: Mapping[str, str]) -> dict[str, str]:
    return {f"{PREFIX}{key}": value for key, value in annotations.items()}
