"""What Envoy answers otherwise than ingress-nginx, as Envoy Gateway configures it for the objects of `EnvoyGateway`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.operators.ingress_nginx.difference import Difference

_ANY_HOST = "in the tests the same Envoy has a route for all hosts, which answers"
_LIMIT = "a rate limit needs the rate limit service of Envoy Gateway, which does not run here"

NOT_SENT: Mapping[str, str] = {
    "Host with a dot at the end": _ANY_HOST,
    "an unknown host": _ANY_HOST,
    "`/healthz` of an unknown host": _ANY_HOST,
    "HTTPS to an unknown host": _ANY_HOST,
    "150 requests for 20 a minute": _LIMIT,
    "80 requests for 20 a minute with `burst=40`": _LIMIT,
}
"""Requests of the table that Envoy does not get, with the reason."""

ENVOY: Sequence[Difference] = (
    Difference(
        meaning="Envoy decodes letters and removes `//`, `.` and `..` before it forwards a path: a service that reads them, "
        "such as a URL in a path, takes it from the query instead.",
        answers={
            "`/cat%61log`, a letter encoded": "200 catalog /catalog",
            "`/a//b`": "200 plain /a/b",
            "`/a/./b/../c`": "200 plain /a/c",
            "`/../a`, above the root": "200 plain /a",
            "`/x/../catalog`": "200 catalog /catalog",
        },
    ),
    Difference(
        meaning="Envoy Gateway redirects encoded slashes to plain ones: where a path has them, as of package names, set "
        "`path.escapedSlashesAction: KeepUnchanged` in a ClientTrafficPolicy of the Gateway.",
        answers={
            "`/a%2Fb`, an encoded slash": "307",
            "`/a%5Cb`, an encoded backslash": "307",
            "`/v1/a%2Fb` of a rewrite": "307",
        },
    ),
    Difference(
        meaning="An expression on a host makes ingress-nginx ignore case and match beginnings on all its paths: search the "
        "access log for such requests, and add a `PathRoute` for each spelling that clients use.",
        answers={
            "`/API/x` of an Ingress by hand with `rewrite-target`": "404",
            "`/DOCS` of a `Prefix` `/docs` on that host": "404",
            "`/docsearch` of a `Prefix` `/docs` on that host": "404",
        },
    ),
    Difference(
        meaning="A wildcard of the Gateway API matches several labels: a service that reads the name of a tenant from the host "
        "refuses names with a dot.",
        answers={"two labels below a wildcard": "200 tenant /"},
    ),
    Difference(
        meaning="ingress-nginx serves HTTPS for every host, with a certificate of its own: give the host `tls` if clients use it.",
        answers={"HTTPS to a host without `tls`": "connection closed"},
    ),
    Difference(
        meaning="A redirect to HTTPS is 301, also for a POST, which clients repeat as GET, and keeps a port: have clients use "
        "`https://` before the change.",
        answers={
            "`/a?b=1` by plain HTTP, of a host with TLS": "301 https://www.acme.io/a?b=1",
            "POST of `/a` by plain HTTP": "301 https://www.acme.io/a",
            "`/a/` by plain HTTP": "301 https://www.acme.io/a/",
            "`/` by plain HTTP": "301 https://www.acme.io/",
            "`/a` by plain HTTP, with a port in Host": "301 https://www.acme.io:8080/a",
        },
    ),
    Difference(
        meaning="A redirect keeps the query: nothing to do, unless the target must not have it.",
        answers={"`/old?x=1` of it": "301 https://www.acme.io/new?x=1"},
    ),
    Difference(
        meaning="Envoy leads to HTTPS first, which costs one more request: nothing to do, unless browsers send preflights by "
        "plain HTTP, which follow no redirect: use `https://` in the page.",
        answers={
            "`/old` by plain HTTP": "301 https://www.acme.io/old",
            "a preflight by plain HTTP": "301",
        },
    ),
    Difference(
        meaning="Set `Tls(…, hsts=Hsts(include_subdomains=True))`, or browsers forget HTTPS after a year.",
        answers={"HSTS over HTTPS": "none"},
    ),
    Difference(
        meaning="Envoy passes these headers on from any client, and appends the address to `X-Forwarded-For`: read the last "
        "address of it, and have the platform remove the others with `headers.earlyRequestHeaders` of a ClientTrafficPolicy.",
        answers={
            "`X-Forwarded-For`, forged": "1.2.3.4,10.99.0.1",
            "`X-Real-IP`, forged": "1.2.3.4",
            "`X-Forwarded-Host`, forged": "evil.example",
            "`X-Scheme`, forged": "https",
            "`Proxy`, forged": "evil.example",
        },
    ),
    Difference(
        meaning="Only nginx sets these headers: read `X-Forwarded-Proto`, `X-Forwarded-For` and `Host`.",
        answers={
            "`X-Forwarded-Port` over HTTPS": "none",
            "`X-Original-Forwarded-For`": "none",
            "`X-Scheme` and `X-Forwarded-Scheme`": "none, none",
        },
    ),
    Difference(
        meaning="Envoy makes a UUID, and replaces that of a client: set `headers.requestID: PreserveOrGenerate` in a "
        "ClientTrafficPolicy if clients send one that logs need.",
        answers={
            "`X-Request-ID`": "36 characters",
            "`X-Request-ID` of the client": "another one",
        },
    ),
    Difference(
        meaning="Envoy Gateway refuses names of headers with an underscore, where nginx drops the header: find clients that send "
        "them, or set `headers.withUnderscoresAction: DropHeader` in a ClientTrafficPolicy.",
        answers={
            "`X_Trace`, a name with an underscore": "400",
            "`X_Forwarded_For`, forged": "400",
        },
    ),
    Difference(
        meaning="Envoy passes the password on to the service: keep the header out of its logs.",
        answers={"`Authorization` of a login": "Basic YW5uOmNvcnJlY3QgaG9yc2U="},
    ),
    Difference(
        meaning="nginx refuses TRACE, Envoy leaves it to the service: turn it off there.",
        answers={"TRACE": "200"},
    ),
    Difference(
        meaning="nginx removes the header, Envoy does not: turn it off in the service if its version is secret.",
        answers={"`Server` of the service": "passed on"},
    ),
    Difference(
        meaning="Where no pod is ready, Envoy sends requests to those that are not (its panic threshold, 50 %): a service "
        "answers 503 itself while it is not ready.",
        answers={"a service without ready pods": "200 of a pod"},
    ),
    Difference(
        meaning="ingress-nginx limits bodies to 1 MiB by default: set `max_body_size` to keep a limit.",
        answers={"a body of 2 MB without `max_body_size`": "200"},
    ),
    Difference(
        meaning="nginx takes 8 KiB for a header or the request line, Envoy 60 KiB for all headers: limit them in the service "
        "if its server does not.",
        answers={"a cookie of 12 kB": "200", "a path of 12 kB": "200"},
    ),
    Difference(
        meaning="ingress-nginx tries another pod after a failed connection, Envoy only with `retries`: set `retries=Retry(2)`.",
        answers={
            "10 GETs, one of two pods is dead": "200 or 503",
            "10 POSTs, one of two pods is dead": "200 or 503",
        },
    ),
    Difference(
        meaning="Browsers accept any 2xx, and remember the answer to a preflight for 5 s where ingress-nginx sends 20 days: set "
        "`Cors(max_age=…)`.",
        answers={
            "a preflight": "200 origin https://www.acme.io; methods GET PUT; headers X-Trace",
            "GET of an allowed origin": "200 origin https://www.acme.io",
        },
    ),
    Difference(
        meaning="Envoy compares origins with case, and browsers send small letters: nothing to do.",
        answers={"GET of an allowed origin in capitals": "200 nothing allowed"},
    ),
    Difference(
        meaning="Browsers show the realm, and some clients store passwords by it: users log in once more.",
        answers={"`WWW-Authenticate`": 'Basic realm="https://admin.acme.io/"'},
    ),
    Difference(
        meaning="The cookie has no path, so browsers keep it for the folder of the first request, and no `Secure`: have the "
        "first request of a session go to a path of the top folder, such as `/login`.",
        answers={"the sticky cookie": "seat; HttpOnly; Max-Age=60"},
    ),
)
