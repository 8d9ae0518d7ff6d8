"""The page about providers of secrets says what the code does."""

from pathlib import Path

from kmop_constructs.components.configuration.table import page

DOCS = Path(__file__).parents[2] / "docs"


def test_the_table_of_providers_of_secrets_is_current() -> None:
    hint = "run: python -m kmop_constructs.components.configuration > docs/secrets-providers.md"
    assert (DOCS / "secrets-providers.md").read_text(encoding="utf-8") == page(), hint
