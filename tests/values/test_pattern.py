"""A pattern is checked where it is written, and filled from known values only."""

from kmop_constructs import SpecError
from kmop_constructs.values.pattern import check_pattern, filled

import pytest

MISSING = {"name": "name it", "environment": "set it on the platform"}


def test_fields_are_replaced_and_other_text_is_kept() -> None:
    pattern = check_pattern("X.role", "apps/{environment}-{name}-{name}", ("name", "environment"))
    assert filled("x", pattern, {"name": "a", "environment": "prod"}, MISSING) == "apps/prod-a-a"


def test_a_value_is_not_read_as_a_pattern() -> None:
    assert filled("x", "{name}", {"name": "{environment}", "environment": "prod"}, MISSING) == "{environment}"


@pytest.mark.parametrize("pattern", ["{stage}", "{}", "{name", "name}", "{{name}}", "{name:>9}", "{name.upper}"])
def test_anything_else_in_braces_is_an_error(pattern: str) -> None:
    with pytest.raises(SpecError, match=r"^X\.role: .*; (use|write fields as): \{name\}"):
        check_pattern("X.role", pattern, ("name",))


def test_an_unknown_value_is_an_error_that_names_the_field() -> None:
    with pytest.raises(SpecError) as caught:
        filled("shop/web: cloud_identity", "{environment}-{name}", {"name": "a", "environment": None}, MISSING)
    assert str(caught.value) == (
        "shop/web: cloud_identity: {environment} is not known, which the pattern '{environment}-{name}' needs; set it on the platform"
    )
