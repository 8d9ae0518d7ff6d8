"""Table of all rules: their checks, whether they can be allowed, and the documentation page."""

from __future__ import annotations

from kmop_constructs.checks import (
    annotation_conflict,
    auth_bypassed,
    autoscaler_replicas,
    autoscaler_request,
    autoscaler_target,
    budget_overlap,
    budget_unmet,
    calls,
    certificate_names,
    challenge_blocked,
    cluster_unnamed,
    copies_shared,
    edge_tls,
    edges,
    env_conflict,
    existing_service,
    host_port,
    identity_account,
    identity_overridden,
    identity_shared,
    login_path,
    namespace_order,
    object_duplicate,
    object_malformed,
    object_name,
    object_schema,
    object_size,
    pod_closed,
    pod_field,
    pod_security,
    policy_agreement,
    policy_port,
    privileged_port,
    probe_port,
    quota_refused,
    references,
    route_backend,
    route_blocked,
    route_duplicate,
    secret_in_literal,
    secret_owner,
    secret_rotation,
    selector_no_pods,
    selector_overlap,
    selector_own_pods,
    service_annotation,
    service_mixed_pods,
    service_port,
    shared_object,
    store_changed,
    store_connections,
    stores,
    timing,
)
from kmop_constructs.checks.rule import Rule

__all__ = ["RULES", "page", "rules_table"]

RULES: tuple[Rule, ...] = (
    # Selectors
    Rule(id=selector_own_pods.RULE, reason=selector_own_pods.REASON, allowed=False, check=selector_own_pods.check),
    Rule(id=selector_overlap.RULE, reason=selector_overlap.REASON, severity="mixed", check=selector_overlap.check),
    Rule(id=selector_no_pods.RULE, reason=selector_no_pods.REASON, severity="mixed", check=selector_no_pods.check),
    Rule(
        id=service_mixed_pods.RULE,
        reason=service_mixed_pods.REASON,
        severity="mixed",
        check=service_mixed_pods.check,
    ),
    # Ports and routes
    Rule(id=service_port.RULE, reason=service_port.REASON, severity="mixed", check=service_port.check),
    Rule(id=probe_port.RULE, reason=probe_port.REASON, allowed=False, check=probe_port.check),
    Rule(
        id=probe_port.ELSEWHERE_RULE,
        reason=probe_port.ELSEWHERE_REASON,
        severity="notice",
        check=probe_port.check,
    ),
    Rule(id=route_backend.RULE, reason=route_backend.REASON, severity="mixed", check=route_backend.check),
    Rule(id=route_duplicate.RULE, reason=route_duplicate.REASON, severity="mixed", check=route_duplicate.check),
    Rule(id=login_path.RULE, reason=login_path.REASON, allowed=False, check=login_path.check),
    Rule(id=auth_bypassed.RULE, reason=auth_bypassed.REASON, severity="notice", check=auth_bypassed.check),
    Rule(id=service_annotation.RULE, reason=service_annotation.REASON, check=service_annotation.check),
    Rule(id=policy_port.RULE, reason=policy_port.REASON, severity="mixed", check=policy_port.check),
    Rule(id=privileged_port.RULE, reason=privileged_port.REASON, severity="mixed", check=privileged_port.check),
    # Configuration
    Rule(id=references.RULE, reason=references.REASON, severity="mixed", check=references.check),
    Rule(id=references.KEY_RULE, reason=references.KEY_REASON, severity="mixed", check=references.check),
    Rule(id=secret_owner.RULE, reason=secret_owner.REASON, check=secret_owner.check),
    Rule(id=secret_owner.INLINE_RULE, reason=secret_owner.INLINE_REASON, check=secret_owner.check),
    Rule(id=secret_rotation.RULE, reason=secret_rotation.REASON, severity="notice", check=secret_rotation.check),
    Rule(id=secret_rotation.LEASE_RULE, reason=secret_rotation.LEASE_REASON, check=secret_rotation.check),
    Rule(
        id="secret-by-hand",
        reason="A Secret must be created outside of the app before the pods start, because the platform has no provider of secrets.",
        severity="notice",
    ),
    Rule(id=secret_in_literal.RULE, reason=secret_in_literal.REASON, severity="notice", check=secret_in_literal.check),
    Rule(id=pod_field.RULE, reason=pod_field.REASON, severity="mixed", check=pod_field.check),
    Rule(id=env_conflict.RULE, reason=env_conflict.REASON, check=env_conflict.check),
    # Identities of a cloud
    Rule(id=identity_account.RULE, reason=identity_account.REASON, check=identity_account.check),
    Rule(id=identity_shared.RULE, reason=identity_shared.REASON, check=identity_shared.check),
    Rule(
        id=identity_shared.UNDECLARED_RULE,
        reason=identity_shared.UNDECLARED_REASON,
        severity="notice",
        check=identity_shared.check,
    ),
    Rule(
        id=identity_overridden.RULE,
        reason=identity_overridden.REASON,
        severity="mixed",
        check=identity_overridden.check,
    ),
    # Stores
    Rule(id=stores.BACKUP_RULE, reason=stores.BACKUP_REASON, check=stores.check),
    Rule(id=stores.SESSION_RULE, reason=stores.SESSION_REASON, check=stores.check),
    Rule(id=copies_shared.RULE, reason=copies_shared.REASON, check=copies_shared.check),
    Rule(
        id="restore-drawn",
        reason="A task that restores a dump is in the app, where another moment or folder would run it again.",
        severity="notice",
    ),
    Rule(id=store_changed.RULE, reason=store_changed.REASON, severity="mixed", check=store_changed.check),
    Rule(id=store_connections.RULE, reason=store_connections.REASON, check=store_connections.check),
    Rule(id=stores.SHARED_RULE, reason=stores.SHARED_REASON, severity="notice", check=stores.check),
    Rule(
        id="replication-asynchronous",
        reason="A store with replicas acknowledges transactions that only the primary has, and nobody decided that.",
        severity="notice",
    ),
    Rule(
        id="store-egress",
        reason="Pods of a store may call every address, although the platform isolates workloads.",
        severity="notice",
    ),
    Rule(
        id="read-only-primary",
        reason="A caller that only reads uses the primary, because the store has no replicas here.",
        severity="notice",
    ),
    Rule(
        id="store-plain",
        reason="A store that could have TLS has none, so its data is readable on the network.",
        severity="notice",
    ),
    Rule(
        id="images-of-operator",
        reason="The platform has mirrors of registries, but the operator's installation names the images.",
        severity="notice",
    ),
    # Connections
    Rule(id=edges.TARGET_RULE, reason=edges.TARGET_REASON, check=edges.check),
    Rule(id=edges.CLUSTER_RULE, reason=edges.CLUSTER_REASON, allowed=False, check=edges.check),
    Rule(id=edges.PORT_RULE, reason=edges.PORT_REASON, check=edges.check),
    Rule(id=edges.START_RULE, reason=edges.START_REASON, check=edges.check),
    Rule(id=edges.NAMESPACE_RULE, reason=edges.NAMESPACE_REASON, check=edges.check),
    Rule(id=edges.PEER_RULE, reason=edges.PEER_REASON, check=edges.check),
    Rule(id=edge_tls.RULE, reason=edge_tls.REASON, check=edge_tls.check),
    Rule(id=edge_tls.CERTIFICATE_RULE, reason=edge_tls.CERTIFICATE_REASON, check=edge_tls.check),
    Rule(id=certificate_names.RULE, reason=certificate_names.REASON, severity="mixed", check=certificate_names.check),
    Rule(id=calls.SELF_RULE, reason=calls.SELF_REASON, severity="notice", check=calls.check),
    Rule(id=existing_service.RULE, reason=existing_service.REASON, check=existing_service.check),
    Rule(id=calls.GRPC_RULE, reason=calls.GRPC_REASON, severity="notice", check=calls.check),
    Rule(id=policy_agreement.RULE, reason=policy_agreement.REASON, check=policy_agreement.check),
    Rule(
        id=policy_agreement.ONE_SIDED_RULE,
        reason=policy_agreement.ONE_SIDED_REASON,
        severity="mixed",
        check=policy_agreement.check,
    ),
    Rule(id=pod_closed.RULE, reason=pod_closed.REASON, severity="mixed", check=pod_closed.check),
    Rule(id=route_blocked.RULE, reason=route_blocked.REASON, severity="mixed", check=route_blocked.check),
    Rule(id=challenge_blocked.RULE, reason=challenge_blocked.REASON, severity="notice", check=challenge_blocked.check),
    # Scaling and disruption
    Rule(id=autoscaler_target.RULE, reason=autoscaler_target.REASON, severity="mixed", check=autoscaler_target.check),
    Rule(id=autoscaler_target.OVERLAP_RULE, reason=autoscaler_target.OVERLAP_REASON, check=autoscaler_target.check),
    Rule(
        id=autoscaler_request.RULE, reason=autoscaler_request.REASON, severity="mixed", check=autoscaler_request.check
    ),
    Rule(
        id=autoscaler_replicas.RULE,
        reason=autoscaler_replicas.REASON,
        severity="mixed",
        check=autoscaler_replicas.check,
    ),
    Rule(
        id=autoscaler_replicas.RANGE_RULE,
        reason=autoscaler_replicas.RANGE_REASON,
        allowed=False,
        check=autoscaler_replicas.check,
    ),
    Rule(id=budget_unmet.RULE, reason=budget_unmet.REASON, severity="mixed", check=budget_unmet.check),
    Rule(id=budget_overlap.RULE, reason=budget_overlap.REASON, check=budget_overlap.check),
    # Times
    Rule(id=timing.PROBE_RULE, reason=timing.PROBE_REASON, severity="mixed", check=timing.check),
    Rule(id=timing.SHUTDOWN_RULE, reason=timing.SHUTDOWN_REASON, severity="mixed", check=timing.check),
    Rule(id=timing.STARTUP_RULE, reason=timing.STARTUP_REASON, severity="mixed", check=timing.check),
    Rule(id=timing.ROLLOUT_RULE, reason=timing.ROLLOUT_REASON, allowed=False, check=timing.check),
    # Objects
    Rule(id=object_duplicate.RULE, reason=object_duplicate.REASON, allowed=False, check=object_duplicate.check),
    Rule(id=object_name.RULE, reason=object_name.REASON, check=object_name.check),
    Rule(id=object_schema.RULE, reason=object_schema.REASON, severity="mixed", check=object_schema.check),
    Rule(
        id=object_schema.INVALID_RULE, reason=object_schema.INVALID_REASON, severity="mixed", check=object_schema.check
    ),
    Rule(
        id=object_schema.WARNING_RULE, reason=object_schema.WARNING_REASON, severity="mixed", check=object_schema.check
    ),
    Rule(id=object_size.RULE, reason=object_size.REASON, check=object_size.check),
    Rule(id=object_size.APPLY_RULE, reason=object_size.APPLY_REASON, severity="notice", check=object_size.check),
    Rule(id=object_malformed.RULE, reason=object_malformed.REASON, check=object_malformed.check),
    Rule(id=cluster_unnamed.RULE, reason=cluster_unnamed.REASON, check=cluster_unnamed.check),
    Rule(id=namespace_order.RULE, reason=namespace_order.REASON, check=namespace_order.check),
    Rule(id=shared_object.RULE, reason=shared_object.REASON, allowed=False, check=shared_object.check),
    Rule(
        id=annotation_conflict.RULE,
        reason=annotation_conflict.REASON,
        allowed=False,
        check=annotation_conflict.check,
    ),
    Rule(
        id="half-drawn",
        reason="The constructor of a service failed, so the tree has the service without its policy or its routes.",
        allowed=False,
    ),
    Rule(id=quota_refused.RULE, reason=quota_refused.REASON, severity="mixed", check=quota_refused.check),
    Rule(id=pod_security.RULE, reason=pod_security.REASON, severity="mixed", check=pod_security.check),
    Rule(id=host_port.RULE, reason=host_port.REASON, severity="mixed", check=host_port.check),
    Rule(id=pod_security.HOST_RULE, reason=pod_security.HOST_REASON, severity="notice", check=pod_security.check),
    # Notices from the plan of a service
    Rule(
        id="resources-guessed",
        reason="Resources of a container are not set, so assumed values are used.",
        severity="notice",
    ),
    Rule(
        id="data-evicted",
        reason="A store without a claim uses local disk with the default limit; above it, the pod is evicted and its data lost.",
        severity="notice",
    ),
    Rule(
        id="left-out",
        reason="A platform is set to omit a feature that is in a spec and that another platform supports.",
        severity="notice",
    ),
    Rule(id="single-replica", reason="One pod and no disruption budget: each drain is an outage.", severity="notice"),
    Rule(
        id="certificate-renewal",
        reason="A process that reads its certificate at start keeps the old one until it ends, and then no caller accepts it.",
        severity="notice",
    ),
    Rule(
        id="host-network",
        reason="NetworkPolicies do not apply to pods on the network of their node.",
        severity="notice",
    ),
    Rule(
        id="no-pause",
        reason="This Kubernetes version does not support a pause before a pod ends, so a rollout may lose requests.",
        severity="notice",
    ),
    Rule(
        id="plain-sidecar",
        reason="A sidecar that is not a native sidecar may start after the app and end before the app.",
        severity="notice",
    ),
    Rule(
        id="run-without-deadline",
        reason="If a run hangs, no later run of the schedule starts, and there is no alert.",
        severity="notice",
    ),
    Rule(
        id="timeout-cut-off",
        reason="A gateway waits longer for a response than a terminating pod runs, so a rollout interrupts requests.",
        severity="notice",
    ),
    Rule(
        id="login-plain-http",
        reason="Everybody on the network path can read passwords, keys, tokens and session cookies in plain HTTP.",
    ),
    Rule(
        id="image-version",
        reason="The image tag of a store is a version without a feature that the store's checks, script or metrics need.",
    ),
    Rule(
        id="gateway-retired",
        reason="The controller of a route is no longer maintained and gets no security fixes.",
        severity="notice",
    ),
    Rule(
        id="entry-tls",
        reason="A route that attaches to an entry point of another owner uses the certificate of that entry point.",
        severity="notice",
    ),
    Rule(
        id="gateway-wide",
        reason="A setting of an exposure is only possible for the whole gateway, so it also changes other hosts of the gateway.",
        severity="notice",
    ),
    Rule(
        id="stale-allowance",
        reason="An allowance has no finding, is for a rule that cannot be allowed, or for an unknown rule; remove or correct it.",
        severity="notice",
    ),
)
"""All rules, in the order of the documentation."""

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
