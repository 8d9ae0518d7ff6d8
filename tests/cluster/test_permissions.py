"""A service account may do what was declared for it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any, TypeAlias

from kmop_constructs import Permission
from tests.cluster.api import Api, Object
from tests.cluster.installation import Installation
from tests.cluster.state import of_kind
from tests.cluster.systems import WAREHOUSE, Rendered

import pytest

Grant: TypeAlias = tuple[str, str, str, str]
"""Verb, API group, resource and object; no object means every one."""

FORBIDDEN = [
    ("get", "", "secrets"),
    ("list", "", "secrets"),
    ("create", "", "pods"),
    ("delete", "", "pods"),
    ("create", "", "pods/exec"),
    ("create", "", "serviceaccounts/token"),
    ("patch", "apps", "deployments"),
    ("create", "rbac.authorization.k8s.io", "rolebindings"),
    ("get", "", "nodes"),
]
"""What somebody who has taken over a pod would try first."""


def account_name(item: Object) -> str:
    return f"system:serviceaccount:{item['metadata']['namespace']}:{item['metadata']['name']}"


def granted(rules: Iterable[Mapping[str, Any]]) -> set[Grant]:
    return {
        grant
        for rule in rules
        for grant in product(
            rule["verbs"], rule.get("apiGroups", []), rule.get("resources", []), rule.get("resourceNames") or [""]
        )
    }


def as_rule(permission: Permission) -> dict[str, Any]:
    return {
        "verbs": permission.verbs,
        "apiGroups": permission.api_groups,
        "resources": permission.resources,
        "resourceNames": permission.resource_names,
    }


def declared(rendered: Rendered, account: str) -> set[Grant]:
    """What the workloads that run as an account asked for, and what roles say that were written by hand."""
    mine = [each for each in rendered.workloads if each.facts.account == account]
    found = granted(as_rule(permission) for each in mine for permission in each.planned.permissions)
    ours = {each.facts.name for each in rendered.workloads}
    by_hand = {item["metadata"]["name"]: item for item in rendered.pick("Role") if item["metadata"]["name"] not in ours}
    for binding in rendered.pick("RoleBinding"):
        bound = any(each["kind"] == "ServiceAccount" and each["name"] == account for each in binding["subjects"])
        if bound and binding["roleRef"]["name"] in by_hand:
            found |= granted(by_hand[binding["roleRef"]["name"]]["rules"])
    return found


def allowed(api: Api, user: str, namespace: str) -> set[Grant]:
    """Everything that the server lets a user do in a namespace."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    answer = api.send("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", review, as_user=user)
    assert answer.ok, answer
    return granted(answer.body["status"]["resourceRules"])


def test_service_accounts_have_exactly_the_declared_permissions(installation: Installation) -> None:
    accounts = of_kind(installation.objects, "ServiceAccount")
    assert accounts

    for item in accounts:
        namespace = item["metadata"]["namespace"]
        anyone = allowed(installation.cluster.api, f"system:serviceaccount:{namespace}:nobody", namespace)
        mine = allowed(installation.cluster.api, account_name(item), namespace) - anyone
        assert mine == declared(installation.rendered, item["metadata"]["name"]), account_name(item)


def test_no_service_account_may_do_anything_elsewhere(installation: Installation) -> None:
    for item in of_kind(installation.objects, "ServiceAccount"):
        anyone = allowed(installation.cluster.api, "system:serviceaccount:default:nobody", "default")
        assert allowed(installation.cluster.api, account_name(item), "default") <= anyone, account_name(item)


@pytest.mark.parametrize("system", [WAREHOUSE], indirect=True)
def test_kubectl_can_i_agrees_with_the_declared_permissions(installation: Installation) -> None:
    def can(*question: str) -> str:
        user = f"system:serviceaccount:{WAREHOUSE}:stock"
        return installation.cluster.kubectl("auth", "can-i", *question, f"--as={user}").out.strip()

    grants = declared(installation.rendered, "stock")
    assert len(grants) == 5
    for verb, group, resource, name in grants:
        thing = ".".join(part for part in (resource, group) if part) + (f"/{name}" if name else "")
        assert can(verb, thing, f"--namespace={WAREHOUSE}") == "yes", (verb, thing)
    for verb, group, resource in FORBIDDEN:
        thing = ".".join(part for part in (resource.partition("/")[0], group) if part)
        subresource = resource.partition("/")[2]
        assert can(verb, thing, f"--subresource={subresource}", f"--namespace={WAREHOUSE}") == "no", (verb, resource)
