"""Secrets by Sealed Secrets 0.40: files in Git with values that only the controller of a cluster can decrypt."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs.components.configuration.base import SecretsSupport, admit_secrets
from kmop_constructs.core.capability import Can, Cannot
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.core.placeholders import fill_placeholders
from kmop_constructs.errors import SpecError
from kmop_constructs.providers.sealed_secrets.files import read_sealed
from kmop_constructs.providers.sealed_secrets.sealed import sealed
from kmop_constructs.values.names import made_by, text

if TYPE_CHECKING:
    from kmop_constructs.components.configuration.spec import RemoteSecretsSpec
    from kmop_constructs.core.subject import Subject

    from constructs import Construct

__all__ = ["SealedSecrets"]

_DOCS = "https://github.com/bitnami-labs/sealed-secrets/blob/v0.40.0/README.md"
_FILE = Can(
    "SealedSecret: spec.encryptedData, from a file that kubeseal wrote; the path tells people where the value is from",
    _DOCS,
)
_NEW_FILE = Can("no field: a value changes with its file, and the next apply replaces the readers", _DOCS)


class SealedSecrets(Manifest):
    """The SealedSecret of a file: ``Platform(secrets=partial(SealedSecrets, folder=Path(__file__).parent / "sealed"))``.

    A file of ``kubeseal`` has the values of one Secret. The values of another environment are encrypted with the key of
    another cluster, so each environment has files of its own.
    """

    SUPPORTS: ClassVar[SecretsSupport] = {
        "remote": _FILE,
        "whole_value": _FILE,
        "version": Cannot("a file has one value for each key", _DOCS),
        "generated": Cannot("kubeseal encrypts a value that somebody has", _DOCS),
        "leased": Cannot("the controller knows no store", _DOCS),
        "copy": Cannot("the controller decrypts only what a SealedSecret of the namespace has", _DOCS),
        "refresh": _NEW_FILE,
        "once": _NEW_FILE,
        "keep": Can("no field: the controller reads no store", _DOCS),
        "delete": Cannot("the Secret is deleted only with its SealedSecret", _DOCS),
        "type": Can("SealedSecret: spec.template.type", _DOCS),
        "labels": Can("SealedSecret: spec.template.metadata.labels", _DOCS),
    }
    """What Sealed Secrets supports."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        subject: Subject,
        intent: RemoteSecretsSpec,
        folder: str | PathLike[str],
        file: str = "{environment}/{name}.yaml",
    ) -> None:
        """Draw the SealedSecret of a Secret. The platform calls this.

        Args:
            scope: The parent construct.
            id: Id of the construct.
            subject: Owner of the Secret.
            intent: Keys and settings of the Secret.
            folder: Folder of the files, such as ``Path(__file__).parent / "sealed"``.
            file: Path of a file in the folder, with the placeholders of paths and ``{name}``. Default:
                ``{environment}/{name}.yaml``.

        Raises:
            SpecError: The file is missing, is of another Secret, or has other keys or plain values. The message has the
                command that makes it.
            UnsupportedError: Sealed Secrets does not support a source or a field.
        """
        where = subject.path
        admit_secrets(subject, type(self).__name__, self.SUPPORTS, intent)
        made_by(f"{where}: SealedSecrets.folder", folder, str, PathLike)
        more = {"namespace": subject.namespace, "name": subject.name}
        named = fill_placeholders(
            f"{where}: SealedSecrets.file", text(f"{where}: SealedSecrets.file", file), subject.cluster, more
        )
        if Path(named).is_absolute() or ".." in Path(named).parts:
            raise SpecError(
                f"{where}: SealedSecrets.file: not below the folder, got {named!r}; write it as '{{name}}.yaml'"
            )
        found = read_sealed(
            where,
            Path(folder) / named,
            name=subject.name,
            namespace=subject.namespace,
            keys=tuple(intent.keys),
            type=intent.type,
        )
        literal, fact = sealed(
            place_of(scope).child(id),
            subject.name,
            encrypted=found.encrypted,
            sealing=found.sealing,
            type=found.type,
            labels={**subject.labels, **found.labels, **intent.labels},
            annotations=found.annotations,
        )
        super().__init__(
            scope, id, {**literal, "metadata": {**literal["metadata"], "labels": dict(subject.labels)}}, gives=(fact,)
        )
