"""Security contexts, accounts and permissions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from kmop_constructs.errors import SpecError
from kmop_constructs.values.security import Account, Permission, Security

import pytest


def test_root_is_refused() -> None:
    with pytest.raises(SpecError, match="^Security.run_as_user: root, which the restricted level refuses, got 0"):
        Security(run_as_user=0)


@pytest.mark.parametrize("capability", ["CAP_NET_ADMIN", "net_admin", "CAP_SYS_TIME"])
def test_a_capability_is_named_as_kubernetes_names_it(capability: str) -> None:
    with pytest.raises(
        SpecError, match=f"^Security.add_capabilities: not the name of a capability, got '{capability}'"
    ):
        Security(add_capabilities=(capability,))


def test_one_capability_is_not_taken_letter_by_letter() -> None:
    with pytest.raises(SpecError, match="a single value instead of a list, got 'NET_ADMIN'"):
        Security(add_capabilities=cast(Any, "NET_ADMIN"))


def test_the_restricted_level_admits_one_capability_only() -> None:
    assert Security().restricted
    assert Security(add_capabilities=("NET_BIND_SERVICE",)).restricted
    assert not Security(add_capabilities=("NET_BIND_SERVICE", "NET_ADMIN")).restricted


@pytest.mark.parametrize("field", ["run_as_user", "run_as_group", "fs_group"])
@pytest.mark.parametrize("value", [-1, "1000", True])
def test_an_id_that_no_user_has_is_refused(field: str, value: object) -> None:
    with pytest.raises(SpecError, match=f"^Security.{field}: not a whole number"):
        Security(**{field: cast(Any, value)})


def test_a_kernel_parameter_is_text() -> None:
    with pytest.raises(SpecError, match="^Security.sysctls: not text, got 1024; write '1024'"):
        Security(sysctls=cast(Any, {"net.core.somaxconn": 1024}))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Permission(("*",), ("pods",)),
        lambda: Permission(("get",), ("*",)),
        lambda: Permission(("get",), ("pods",), api_groups=("*",)),
    ],
)
def test_a_permission_for_what_does_not_exist_yet_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(SpecError, match=r"^Permission\.\w+: a wildcard, .*, got '\*'; list them"):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Permission((), ("pods",)),
        lambda: Permission(("get",), ()),
        lambda: Permission(("get",), ("pods",), api_groups=()),
    ],
)
def test_a_permission_for_nothing_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(SpecError, match="^Permission: no verb, resource or API group"):
        make()


def test_one_verb_is_not_taken_letter_by_letter() -> None:
    with pytest.raises(
        SpecError, match=r"^Permission.verbs: a single value instead of a list, got 'get'; write \['get'\]"
    ):
        Permission(cast(Any, "get"), ("pods",))


def test_an_account_that_is_not_drawn_has_a_name() -> None:
    with pytest.raises(SpecError, match="^Account.name: not set, but needed with create=False"):
        Account(create=False)
    assert Account(name="shared", create=False).name == "shared"


def test_a_token_is_mounted_only_where_it_is_of_use() -> None:
    assert not Account().token
    assert Account(mount_token=True).token
    assert Account(permissions=(Permission(("get",), ("pods",)),)).token


def test_a_privileged_container_needs_no_capability() -> None:
    with pytest.raises(
        SpecError, match="^Security.add_capabilities: has no effect with privileged=True, which has all"
    ):
        Security(privileged=True, add_capabilities=("NET_ADMIN",))


def test_an_account_that_is_not_drawn_is_not_annotated() -> None:
    with pytest.raises(SpecError, match="^Account.annotations: has no effect with create=False"):
        Account(name="existing", create=False, annotations={"a": "b"})


def test_text_does_not_count_as_yes() -> None:
    with pytest.raises(SpecError, match="^Security.privileged: neither True nor False, got 'no'; write True or False"):
        Security(privileged=cast(Any, "no"))
