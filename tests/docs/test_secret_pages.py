"""The pages about Vault Secrets Operator and Sealed Secrets: their code runs, and draws what they say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from kmop_constructs.components.configuration.vault import VaultAccess
from kmop_constructs.core.capability import Cannot
from kmop_constructs.providers.sealed_secrets import SealedSecrets
from kmop_constructs.providers.vault import VaultSecrets
from kmop_constructs.testing import synthesize
from tests.providers.sealed_secrets.sealing import seal, sealed_object, write
from tests.public_names import public_names

import pytest
from cdk8s import App

DOCS = Path(__file__).parents[2] / "docs"


def run(page: str, folder: Path, **more: Any) -> tuple[str, dict[str, Any]]:
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    scope = {
        **public_names(),
        "__file__": str(folder / "app.py"),
        "app": App(outdir=str(folder / "dist")),
        **more,
    }
    for block in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        exec(compile(block, f"docs/{page}.md", "exec", dont_inherit=True), scope)
    return text, scope


def test_the_page_of_vault_draws_its_table(tmp_path: Path) -> None:
    text, scope = run("secrets-vault", tmp_path)
    found = synthesize(scope["app"])

    static, dynamic = found.one("VaultStaticSecret")["spec"], found.one("VaultDynamicSecret")["spec"]
    assert (static["path"], static["refreshAfter"], dynamic["renewalPercent"]) == ("production/orders", "1h", 67)
    assert (
        static["rolloutRestartTargets"]
        == dynamic["rolloutRestartTargets"]
        == [{"kind": "Deployment", "name": "orders"}]
    )
    assert {each["metadata"]["name"] for each in found.pick("VaultConnection")} == {"vault"}
    (access,) = [each for each in scope["keys"].drawn.gives if isinstance(each, VaultAccess)]
    assert (access.role, access.policy in text) == ("orders-stripe", True)
    (signing,) = scope["signing"]
    assert f"allowed_domains={','.join(signing.signs[0].names)}" in text


def test_the_page_of_sealed_secrets_reads_its_file(tmp_path: Path) -> None:
    write(tmp_path / "sealed", sealed_object(namespace="orders"))
    _, scope = run("sealed-secrets", tmp_path, SEALED_LICENSE=seal("license"))
    found = synthesize(scope["app"])

    assert [each["metadata"]["name"] for each in found.pick("SealedSecret")] == ["license", "stripe"]


@pytest.mark.parametrize(
    ("page", "provider", "names"),
    [
        ("secrets-vault", VaultSecrets, {"generated", "copy", "whole_value", "once", "delete"}),
        ("sealed-secrets", SealedSecrets, {"generated", "leased", "copy", "version", "delete"}),
    ],
)
def test_the_page_lists_what_is_not_supported(page: str, provider: Any, names: set[str]) -> None:
    assert {name for name, each in provider.SUPPORTS.items() if isinstance(each, Cannot)} == names
    assert "## What it does not do" in (DOCS / f"{page}.md").read_text(encoding="utf-8")
