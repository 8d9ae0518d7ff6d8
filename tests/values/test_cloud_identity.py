"""The name of an identity is that of the application; everything of one cloud is refused."""

from typing import Any

from kmop_constructs import CloudIdentity, Image, ServiceSpec, SpecError

import pytest


def test_the_name_is_optional_and_positional() -> None:
    assert CloudIdentity().name is None
    assert CloudIdentity("orders").name == "orders"


@pytest.mark.parametrize(
    "name", ["", "-orders", "a" * 65, "arn:aws:iam::123456789012:role/orders", "apps/orders", "{environment}-orders", 7]
)
def test_other_texts_are_not_names(name: Any) -> None:
    with pytest.raises(SpecError, match="CloudIdentity.name: not the name of a role or service account"):
        CloudIdentity(name)


def test_a_spec_takes_only_a_cloud_identity() -> None:
    wrong: Any = "orders"
    with pytest.raises(SpecError, match=r"ServiceSpec\.cloud_identity"):
        ServiceSpec(image=Image("acme/orders:1"), port=8080, cloud_identity=wrong)
