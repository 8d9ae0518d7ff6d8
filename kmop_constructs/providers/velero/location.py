"""A BackupStorageLocation of Velero: a bucket (https://velero.io/docs/v1.18/api-types/backupstoragelocation/)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kmop_constructs.components.data.bucket import AnyBucket, CopiesTo, folder_of, location_of
from kmop_constructs.core.derived import agree
from kmop_constructs.core.identity import standard_labels
from kmop_constructs.core.made import ReadsSecret
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import SpecError, UnsupportedError, bad, shown
from kmop_constructs.providers.velero.namespace import home_of
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.names import dns_label, flag, made_by, mapping, text
from kmop_constructs.values.object_store import S3, AzureBlob, GoogleStorage, VolumeSnapshots, is_private
from kmop_constructs.workloads.platform import placed_platform, subject_at

if TYPE_CHECKING:
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import k8s, velero_io
    from kmop_constructs.workloads.platform import Platform

    from constructs import Construct

__all__ = ["BackupLocation"]

_PLUGINS = {S3: "velero.io/aws", GoogleStorage: "velero.io/gcp", AzureBlob: "velero.io/azure"}
"""Names of the plugins (https://velero.io/docs/v1.18/supported-providers/), which must be installed."""


class BackupLocation(Manifest):
    """A bucket for backups by Velero: ``BackupLocation(chart, "acme", S3("acme-backups", folder="{cluster}/velero"))``.

    Draw it once for a cluster, in a chart of the team that runs Velero. Velero deletes what is too old in its folder, so nothing else
    may write there, not another cluster either. It gives the copies no encryption of their own: a reader of the bucket reads the
    Secrets and the volumes of every namespace in it
    (https://velero.io/docs/v1.18/csi-snapshot-data-movement/#limitations).
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        to: AnyBucket,
        *,
        credential: SecretKey | None = None,
        config: Mapping[str, str] | None = None,
        read_only: bool = False,
        default: bool = False,
        platform: Platform | None = None,
    ) -> None:
        """Draw the location.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the location.
            to: The bucket, and a folder of its own in it.
            credential: Key of a Secret of Velero's namespace with the file that the plugin of the cloud logs in with. Default: none, the
                login of Velero's own pods.
            config: Further settings of the plugin, such as ``{"kmsKeyId": "alias/backups"}``. Default: none.
            read_only: Whether backups are only read, such as those of a lost cluster. Default: false.
            default: Whether it is the location of backups that name none. A cluster has at most one. Default: false.
            platform: The platform. Default: that of the chart, else `Platform()`.

        Raises:
            SpecError: A value is wrong.
            UnsupportedError: A field of the bucket that the plugin does not read, such as `S3.access_key`.
        """
        place = place_of(scope).child(id)
        where = place.path
        if place.chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        if isinstance(to, VolumeSnapshots):
            raise UnsupportedError(
                f"{where}: to: a location is a bucket; write S3(…), GoogleStorage(…) or AzureBlob(…), and for snapshots "
                "NamespaceBackupSpec(volumes='snapshots')"
            )
        made_by(f"{where}: to", to, S3, GoogleStorage, AzureBlob)
        made_by(f"{where}: credential", credential, SecretKey, type(None), secret=True)
        flag(f"{where}: read_only", read_only)
        flag(f"{where}: default", default)
        cluster = placed_platform(place, platform)
        subject = subject_at(place, id, cluster)
        self.read_only = read_only
        """Whether backups are only read."""
        _check_login(where, to)
        bucket, folder, settings = _settings(where, subject, to)
        storage: velero_io.BackupStorageLocationObjectStorage = {"bucket": bucket}
        if folder:
            storage["prefix"] = folder
        if isinstance(to, S3) and to.authority is not None:
            storage["caCertRef"] = {"name": to.authority.name, "key": to.authority.key}
        spec: velero_io.BackupStorageLocationSpec = {
            "provider": _PLUGINS[type(to)],
            "objectStorage": storage,
            "accessMode": "ReadOnly" if read_only else "ReadWrite",
        }
        if default:
            spec["default"] = _default(where, read_only=read_only)
        if credential is not None:
            spec["credential"] = {"name": credential.name, "key": credential.key}
        settings |= _more(where, config, settings)
        if settings:
            spec["config"] = settings
        metadata: k8s.ObjectMeta = {
            "name": dns_label(f"{where}: name (the id)", id),
            "namespace": home_of(cluster),
            "labels": dict(standard_labels(id)),
        }
        literal: velero_io.BackupStorageLocation = {
            "apiVersion": "velero.io/v1",
            "kind": "BackupStorageLocation",
            "metadata": metadata,
            "spec": spec,
        }
        super().__init__(scope, id, literal)
        _agree_on_default(self._place, home_of(cluster), {"its name": id} if default else None)
        authority = to.authority if isinstance(to, S3) else None
        for key in (credential, authority):
            if key is not None:
                reader = replace(subject, namespace=home_of(cluster))
                self._place.give(ReadsSecret(name=key.name, subject=reader, keys=(key.key,)))
        if not read_only:
            self._place.give(CopiesTo(location=location_of(where, subject, to, ""), store=where, alone=True))


def _agree_on_default(place: Place, home: str, says: Mapping[str, str] | None) -> None:
    """Make two default locations of one cluster a finding."""
    if says is not None:
        agree(place, ("default location of Velero", home, home), says, hint="remove default=True from all but one")


def _default(where: str, *, read_only: bool) -> bool:
    if read_only:
        what = "set for a location that is only read, to which no backup could be written"
        raise bad(f"{where}: default", what, True, "remove it, or set read_only=False")
    return True


def _check_login(where: str, to: AnyBucket) -> None:
    """Refuse what only pods of the app would read: Velero's pods are installed elsewhere, with a login of their own."""
    keys = {
        S3: ("access_key", "secret_access_key", "identity", "peer"),
        GoogleStorage: ("key", "identity"),
        AzureBlob: ("connection_string", "identity"),
    }
    for name in keys[type(to)]:
        # S3 requires the peer of a private address.
        required = name == "peer" and isinstance(to, S3) and is_private(to.endpoint or "")
        if getattr(to, name) is not None and not required:
            do = "Velero reads one file: credential=SecretKey('cloud-credentials', 'cloud')"
            if name in ("identity", "peer"):
                do = "Velero's pods have the identity and the policies of its installation"
            raise UnsupportedError(f"{where}: to.{name}: not supported; leave it out, because {do}")


def _settings(where: str, subject: Subject, to: AnyBucket) -> tuple[str, str, dict[str, str]]:
    """Return bucket, folder and the settings of the plugin.

    https://github.com/vmware-tanzu/velero-plugin-for-aws/blob/v1.13.2/backupstoragelocation.md,
    https://github.com/vmware-tanzu/velero-plugin-for-microsoft-azure/blob/v1.13.2/backupstoragelocation.md
    """
    folder = folder_of(where, subject, to.folder)
    match to:
        case S3():
            return to.bucket, folder, _s3(where, to)
        case GoogleStorage():
            return to.bucket, folder, {}
        case AzureBlob():
            url = urlsplit(to.url)
            container, _, inner = url.path.strip("/").partition("/")
            settings = {
                "storageAccount": (url.hostname or "").partition(".")[0],
                "storageAccountURI": f"{url.scheme}://{url.netloc}",
                "useAAD": "true",
            }
            return container, "/".join(part for part in (inner, folder) if part), settings


def _s3(where: str, to: S3) -> dict[str, str]:
    if isinstance(to.region, SecretKey):
        raise UnsupportedError(
            f"{where}: to.region: Velero reads the region from no Secret; write it as text: region='eu-central-1'"
        )
    settings = {} if to.region is None else {"region": to.region}
    if to.endpoint is None:
        return settings
    if to.region is None:
        what = "not set, and the plugin asks only Amazon's servers for the region of a bucket"
        raise bad(f"{where}: to.region", what, "None", "set it: S3(…, region='us-east-1'), which many servers take")
    return {**settings, "s3Url": to.endpoint, "s3ForcePathStyle": "true"}


def _more(where: str, config: Mapping[str, str] | None, settings: Mapping[str, str]) -> dict[str, str]:
    given = dict(mapping(f"{where}: config", config or {}))
    for name, value in sorted(given.items()):
        text(f"{where}: config", name)
        text(f"{where}: config[{shown(name)}]", value)
        if name in settings and name != "useAAD":
            raise bad(
                f"{where}: config", "set by the bucket itself", name, "remove it, and set the field of the bucket"
            )
    return given
