"""What Traefik answers otherwise than ingress-nginx, with Traefik's objects as `TraefikGateway` draws them."""

from __future__ import annotations

from collections.abc import Sequence

from tests.operators.ingress_nginx.difference import Difference

TRAEFIK: Sequence[Difference] = (
    Difference(
        meaning="Traefik decodes letters and removes `//`, `.` and `..` before it forwards a path: a service that reads them, "
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
        meaning="nginx decodes a slash of a path that it rewrites, Traefik keeps it: remove a second encoding from clients "
        "that had one because of nginx.",
        answers={"`/v1/a%2Fb` of a rewrite": "200 api /a%2Fb"},
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
        meaning="Traefik answers requests that no route matches, with a text: point health checks of the load balancer at its "
        "`ping` entry point, and clients that parse the page at the status.",
        answers={
            "an unknown host": "404 text/plain 404 page not found",
            "`/healthz` of an unknown host": "404",
        },
    ),
    Difference(
        meaning="ingress-nginx serves HTTPS for every host, with a certificate of its own: give the host `tls` if clients use it.",
        answers={"HTTPS to a host without `tls`": "404"},
    ),
    Difference(
        meaning="A redirect to HTTPS is 301 for GET, and has the slash at the end that ingress-nginx cuts off: nothing to do.",
        answers={
            "`/a?b=1` by plain HTTP, of a host with TLS": "301 https://www.acme.io/a?b=1",
            "`/a/` by plain HTTP": "301 https://www.acme.io/a/",
            "`/` by plain HTTP": "301 https://www.acme.io/",
            "`/a` by plain HTTP, with a port in Host": "301 https://www.acme.io/a",
        },
    ),
    Difference(
        meaning="A redirect on the host keeps the query and names no host, and 308 keeps a POST: clients that follow "
        "redirects need nothing, tests that compare `Location` do.",
        answers={
            "`/old`, a permanent redirect": "301 /new",
            "`/old?x=1` of it": "301 /new?x=1",
            "POST of `/old`": "308 /new",
        },
    ),
    Difference(
        meaning="Traefik leads to HTTPS first, which costs one more request: nothing to do, unless browsers send preflights by "
        "plain HTTP, which follow no redirect: use `https://` in the page.",
        answers={
            "`/old` by plain HTTP": "301 https://www.acme.io/old",
            "a preflight by plain HTTP": "308",
        },
    ),
    Difference(
        meaning="Set `Tls(…, hsts=Hsts(include_subdomains=True))`, or browsers forget HTTPS after a year.",
        answers={"HSTS over HTTPS": "none"},
    ),
    Difference(
        meaning="Only nginx sets these headers: read `X-Forwarded-Proto` and `X-Forwarded-For`, and make request identifiers "
        "in the service or by tracing.",
        answers={
            "`X-Original-Forwarded-For`": "none",
            "`X-Scheme` and `X-Forwarded-Scheme`": "none, none",
            "`X-Request-ID`": "none",
        },
    ),
    Difference(
        meaning="Traefik passes these headers on from any client: a service must not trust them, so stop reading "
        "`X-Scheme`, and unset `HTTP_PROXY` in CGI programs.",
        answers={
            "`X-Scheme`, forged": "https",
            "`X_Trace`, a name with an underscore": "1",
            "`Proxy`, forged": "evil.example",
        },
    ),
    Difference(
        meaning="Traefik adds these headers: nothing to do, unless a framework makes links with the prefix, which is then right.",
        answers={
            "`X-Forwarded-Server`": "a name",
            "`X-Forwarded-Prefix` of a rewrite": "/v1",
        },
    ),
    Difference(
        meaning="Traefik asks the service for gzip and unpacks it: nothing to do, unless the service is short of CPU.",
        answers={"`Accept-Encoding`, if the client has none": "gzip"},
    ),
    Difference(
        meaning="nginx refuses TRACE, Traefik leaves it to the service: turn it off there.",
        answers={"TRACE": "200"},
    ),
    Difference(
        meaning="nginx removes the header, Traefik does not: turn it off in the service if its version is secret.",
        answers={"`Server` of the service": "passed on"},
    ),
    Difference(
        meaning="The body of errors of the gateway is another one: clients read the status.",
        answers={"a service without ready pods": "503 text/plain no available server"},
    ),
    Difference(
        meaning="ingress-nginx limits bodies to 1 MiB by default: set `max_body_size` to keep a limit.",
        answers={"a body of 2 MB without `max_body_size`": "200"},
    ),
    Difference(
        meaning="nginx takes 8 KiB for a header or the request line, Traefik 1 MiB for all: limit them in the service if "
        "its server does not.",
        answers={"a cookie of 12 kB": "200", "a path of 12 kB": "200"},
    ),
    Difference(
        meaning="ingress-nginx tries another pod after a failed connection, Traefik only with `retries`: set `retries=Retry(2)`.",
        answers={
            "10 GETs, one of two pods is dead": "200 or 502",
            "10 POSTs, one of two pods is dead": "200 or 502",
        },
    ),
    Difference(
        meaning="Traefik repeats no POST after an answer: repeat it in the client if it may be done twice.",
        answers={"POST, 503 at the first attempt, with `gateway_errors`": "503"},
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
        meaning="Traefik compares origins with case, and browsers send small letters: nothing to do.",
        answers={"GET of an allowed origin in capitals": "200 nothing allowed"},
    ),
    Difference(
        meaning="Traefik tells caches that the answer depends on the origin: nothing to do.",
        answers={"`Vary` of an answer with CORS": "Origin"},
    ),
    Difference(
        meaning="Browsers show the realm, and some clients store passwords by it: users log in once more.",
        answers={"`WWW-Authenticate`": 'Basic realm="traefik"'},
    ),
    Difference(
        meaning="ingress-nginx lets five times the rate pass at once and answers 503: set `burst`, and have clients treat 429 as "
        "they did 503.",
        answers={
            "150 requests for 20 a minute": "20 pass, others 429",
            "80 requests for 20 a minute with `burst=40`": "40 pass, others 429",
        },
    ),
)
