"""Write the capability table of all gateways, with what real requests have shown.

python -m tools.capabilities > docs/gateways/capabilities.md
"""

from __future__ import annotations

import sys
from pathlib import Path

from kmop_constructs.components.api_gateway.table import page

LEDGERS = Path("docs/ledger")
SENTENCE = "- Requests show the feature: "
"""What a ledger has of the test that makes the requests of each feature (tests/operators)."""
LOGIN = "- A user reaches the service after the login: "
"""What it has of the test of a login, for each provider."""


def seen(folder: Path = LEDGERS) -> set[tuple[str, str]]:
    """Class names of providers with names of features, out of the ledgers."""
    found: set[tuple[str, str]] = set()
    for file in sorted(folder.glob("*.md")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith(SENTENCE):
                for each in line.removeprefix(SENTENCE).removesuffix(".").split(", "):
                    provider, _, feature = each.partition("-")
                    found.add((provider, feature))
            if line.startswith(LOGIN):
                names = line.removeprefix(LOGIN).removesuffix(".").split(", ")
                found |= {(provider, "oidc") for provider in names}
    return found


if __name__ == "__main__":
    sys.stdout.write(page(seen=seen()))
