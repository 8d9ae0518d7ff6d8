"""The pages about gateways say what the code does."""

from pathlib import Path

from kmop_constructs.authors import Can
from kmop_constructs.components.api_gateway.table import page
from kmop_constructs.core.tools import providers_of
from tools.capabilities import seen

DOCS = Path(__file__).parents[2] / "docs" / "gateways"


def test_the_capability_table_is_current() -> None:
    hint = "run: python -m tools.capabilities > docs/gateways/capabilities.md"
    assert (DOCS / "capabilities.md").read_text(encoding="utf-8") == page(seen=seen()), hint


def test_every_gateway_has_a_row_of_the_overview() -> None:
    overview = (DOCS / "README.md").read_text(encoding="utf-8")
    for provider in providers_of("gateway"):
        assert f"`{provider.__name__}`" in overview


def test_what_is_seen_is_supported() -> None:
    gateways = providers_of("gateway")
    supported = {
        (each.__name__, name) for each in gateways for name, it in each.SUPPORTS.items() if isinstance(it, Can)
    }
    assert seen() <= supported
