"""What the README of Sealed Secrets 0.40 says that each feature is."""

import tempfile
from pathlib import Path
from typing import Any

from kmop_constructs.authors import Drawn as DrawnConstruct
from kmop_constructs.authors import RemoteSecretsSpec, Subject
from kmop_constructs.providers.sealed_secrets import SealedSecrets
from tests.components.configuration.contract import Case, Drawn
from tests.providers.sealed_secrets.sealing import seal, sealed_object, write

from constructs import Construct

KIND = "SealedSecret"


def sealing(scope: Construct, id: str, /, *, subject: Subject, intent: RemoteSecretsSpec) -> DrawnConstruct:
    """Encrypt what the keys name, as a person does before the synth, and draw the file."""
    with tempfile.TemporaryDirectory() as folder:
        made: dict[str, Any] = sealed_object(
            subject.name, str(subject.namespace), keys=tuple(intent.keys), type=intent.type
        )
        made["spec"]["encryptedData"] = {
            key: seal(f"{each.path} {each.property}") for key, each in intent.remote.items()
        }
        write(Path(folder), made, file=f"{subject.name}.yaml")
        return SealedSecrets(scope, id, subject=subject, intent=intent, folder=folder, file="{name}.yaml")


CASE = Case(
    provider=SealedSecrets,
    secrets=sealing,
    expected={
        # Each value is encrypted on its own (README.md#overview).
        "remote": [Drawn(KIND, "/spec/encryptedData", {"STRIPE_KEY": seal("kv/orders stripe")})],
        "whole_value": [Drawn(KIND, "/spec/encryptedData", {"STRIPE_KEY": seal("kv/orders None")})],
        # A value changes with its file (README.md#user-secret-rotation).
        "refresh": [Drawn(KIND, "/metadata/name", "keys")],
        "once": [Drawn(KIND, "/metadata/name", "keys")],
        "keep": [Drawn(KIND, "/metadata/name", "keys")],
        # README.md#sealedsecrets-as-templates-for-secrets
        "labels": [Drawn(KIND, "/spec/template/metadata/labels/example.com~1reads", "true")],
        "type": [Drawn(KIND, "/spec/template/type", "example.com/stripe")],
    },
    same=frozenset({"refresh", "once", "keep"}),
)
