"""The documentation page of the rules, ``docs/checks.md``."""

from __future__ import annotations

from kmop_constructs.checks.table import RULES

__all__ = ["page", "rules_table"]

_SEVERITY = {"error": "error", "mixed": "error; notice for other objects", "notice": "notice"}

_INTRODUCTION = """\
# Checks

<!-- Written by `python -m kmop_constructs.checks`; a test fails if it is not current. -->

When an app is synthesized, the whole app is checked before a file is written: the objects of this library and all other
objects (L1 and L2 constructs, `cdk8s.Include`). An error stops the synth: nothing is written, and a `CheckError` lists
every finding with its construct path. A notice is logged. Findings of one rule with the same message have one cause and
are shown on one line. The line has at most three construct paths; `CheckError.findings` has all of them.

An object that this library did not draw may depend on something outside the app, such as a Secret that a pipeline
creates, or pods of another repository. If a check of such an object cannot be decided from the app alone, its finding is
only a notice.

Every object is checked against the schema of the Kubernetes version of its platform (`Platform(kubernetes=…)`, 1.27 to
1.37; newer versions use the schemas of 1.37), and against the rules of the API server that compare fields. An object
without a platform is checked against the oldest version of the platforms of the app. Custom resources are checked against
their definition in the app, else against the pinned definitions of the supported tools. The definitions in the cluster may
be newer. Therefore, a finding for a custom resource that this library did not draw is a notice. Rules in CEL, webhooks and
policies of the cluster are not checked.

If the object of a finding is correct as it is, allow the finding at a construct and below it, with a reason:

```python
from kmop_constructs import allow

allow(web, "selector-no-pods", reason="the operator creates the pods")
```

An allowance without a finding is reported, and an allowance with an unknown rule id too. Rules marked *no* cannot be
allowed: the problems that they find always cause a failure in the cluster.

"""


_NOTES = """\

## Notes on some rules

**`auth-bypassed`.** The rule compares paths in their plainest form: decoded, without `//`, `..`, and `;x`, in lower case.
It looks at all exposures of the app and at each Ingress that the app includes. If `/admin` is protected, an open `/` on
the same host gives no finding, because the gateway sends `/admin` to the protected route. But a gateway compares the text
of a request, so it may send `//admin`, `/%61dmin`, `/admin;x` and `/Admin` to the open route. A service that treats these
paths as `/admin` must check access itself, or must have a separate port or host for its protected pages.

**`forged-identity`.** A service behind a login or a check of tokens believes the headers that the gateway sets. Most
gateways remove them from the requests of other routes to the same pods; the rule finds routes of those that cannot. Names
are compared without their case. A server that reads `X_User` as `X-User` must refuse the first itself.

**`grpc-one-pod`.** A gRPC client keeps one connection, and a Service with one address connects the client to one pod. The
other pods get no requests from that client. Add a `HeadlessService`, which gives clients the addresses of all pods
(`dns:///…`), or use a service mesh, which balances each request.

**`self-call`.** A Service sends requests to ready pods only. A service that calls itself and is ready only after that
call, such as a broker of Kafka that is its own controller, never becomes ready. The name of a
`HeadlessService(publish_not_ready_addresses=True)` also leads to pods that are not ready.

**`reference-missing`.** Checks know the objects that well-known controllers make from objects of the app: External
Secrets, Sealed Secrets, cert-manager, the Secrets Store CSI driver and Vault's operator. Pull secrets are declared by
`Image.pull_secrets` and by the platform, and count as existing. A test can list all objects that must exist in the cluster,
including those for logins and for TLS of Ingress and Gateway: `synthesize(app).required`, see [tests.md](tests.md).

**`secret-in-literal`.** The rule reads names and values, and never shows a value. It cannot find a secret if
no name shows that it is one, for example in an argument of `mysql -p`.
"""


def rules_table() -> str:
    """Return the rules as a table in Markdown."""
    lines = ["| rule | why | severity | can be allowed |", "|---|---|---|---|"]
    for rule in RULES:
        allowed = "yes" if rule.allowed else "**no**"
        lines.append(f"| `{rule.id}` | {rule.reason.replace('``', '`')} | {_SEVERITY[rule.severity]} | {allowed} |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """Return the documentation page, ``docs/checks.md``."""
    return _INTRODUCTION + rules_table() + _NOTES
