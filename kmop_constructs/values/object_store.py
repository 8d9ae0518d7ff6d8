"""Places outside of the cluster for copies of data: buckets of clouds, and what speaks their protocol."""

from __future__ import annotations

import re
from dataclasses import field
from ipaddress import ip_address
from typing import TypeAlias
from urllib.parse import urlsplit

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.cloud_identity import CloudIdentity
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.names import flag, made_by, text
from kmop_constructs.values.pods import Addresses, Peer, Pods
from kmop_constructs.values.server_url import server_url

__all__ = ["S3", "AzureBlob", "BackupTarget", "GoogleStorage", "VolumeSnapshots", "check_folder", "is_private"]

_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_FOLDER = re.compile(r"(?!/)[A-Za-z0-9._/{}-]+(?<!/)")


@dataclass(frozen=True, kw_only=True, slots=True)
class S3:
    """A bucket of Amazon S3, or of a server with the same protocol: ``S3("acme-backups", folder="{cluster}/{namespace}")``.

    Without `access_key` the pods use their cloud identity (`identity`).
    """

    bucket: str = field(kw_only=False)
    """Name of the bucket."""

    folder: str | None = None
    """Folder in the bucket. ``{environment}``, ``{region}``, ``{cluster}`` and ``{namespace}`` are filled in. Default: none, the
    store's own folder is at the top."""

    endpoint: str | None = None
    """URL of a server other than that of Amazon, without a login: ``https://minio.storage.svc:9000`` in the cluster, with ``.svc`` in
    its name. Default: Amazon's."""

    peer: Peer | None = None
    """Pods or addresses behind `endpoint`, with their port, which policies open: ``Pods.of(namespace="storage", port=9000)`` where the
    port of the pods is not that of the Service, ``Addresses.of("10.0.0.5/32", port=9000)`` for a private address. Default: all pods of
    the namespace of a Service, or every public address."""

    region: str | SecretKey | None = None
    """The region: ``eu-central-1``, or a key of a Secret that has it. Default: for Amazon that of ``Platform(region=…)`` where a provider
    needs one, else none, the region of the bucket is found by its name."""

    access_key: SecretKey | None = None
    """Key of a Secret with the id of an access key. Default: none, the pods use `identity`."""

    secret_access_key: SecretKey | None = None
    """Key of a Secret with the secret of the access key. Default: none."""

    authority: SecretKey | None = None
    """Key of a Secret with the authority of the server's certificate. Default: none, a public authority."""

    identity: CloudIdentity | None = None
    """The role of the pods in AWS; ``Platform.identity`` grants it. Default: none if there is an access key, else a role with the
    name of the store."""

    def __post_init__(self) -> None:
        _bucket("S3.bucket", self.bucket)
        check_folder("S3.folder", self.folder)
        if self.endpoint is not None:
            url = server_url("S3.endpoint", self.endpoint, what="the URL of a server", example="https://host:port")
            if url.path:
                raise bad(
                    "S3.endpoint",
                    "has a path, and the bucket is named apart",
                    self.endpoint,
                    "write 'https://host:port'",
                )
            _reachable(self.endpoint, self.peer)
        made_by("S3.peer", self.peer, Pods, Addresses, type(None))
        if self.peer is not None and self.endpoint is None:
            raise SpecError(
                "S3.peer: set without endpoint, and Amazon's servers are no peer; remove it, or set endpoint="
            )
        if isinstance(self.region, str):
            if not _REGION.fullmatch(self.region):
                raise bad("S3.region", "not the name of a region", self.region, "write it as 'eu-central-1'",
                          secret=True)  # fmt: skip
        else:
            made_by("S3.region", self.region, str, SecretKey, type(None), secret=True)
        for name in ("access_key", "secret_access_key", "authority"):
            made_by(f"S3.{name}", getattr(self, name), SecretKey, type(None), secret=True)
        if (self.access_key is None) != (self.secret_access_key is None):
            raise SpecError(
                "S3: access_key and secret_access_key: one is not set; set both, or none for a cloud identity"
            )
        made_by("S3.identity", self.identity, CloudIdentity, type(None))
        if self.identity is not None and self.access_key is not None:
            raise SpecError(
                "S3: identity and access_key are both set; remove one, so that it is clear who writes the copies"
            )

    @property
    def uses_identity(self) -> bool:
        """Whether the pods log in with their cloud identity."""
        return self.access_key is None

    @property
    def secret_keys(self) -> tuple[SecretKey, ...]:
        """Keys of Secrets that are read for it."""
        keys = (self.region, self.access_key, self.secret_access_key, self.authority)
        return tuple(each for each in keys if isinstance(each, SecretKey))


@dataclass(frozen=True, kw_only=True, slots=True)
class GoogleStorage:
    """A bucket of Google Cloud Storage: ``GoogleStorage("acme-backups")``. Without `key` the pods use their cloud identity."""

    bucket: str = field(kw_only=False)
    """Name of the bucket."""

    folder: str | None = None
    """Folder in the bucket, with the placeholders of `S3.folder`. Default: none, the store's own folder is at the top."""

    key: SecretKey | None = None
    """Key of a Secret with the JSON key of a service account. Default: none, the pods use `identity`."""

    identity: CloudIdentity | None = None
    """The service account of the pods in Google Cloud; ``Platform.identity`` grants it. Default: none if there is a key, else an
    account with the name of the store."""

    def __post_init__(self) -> None:
        _bucket("GoogleStorage.bucket", self.bucket)
        check_folder("GoogleStorage.folder", self.folder)
        made_by("GoogleStorage.key", self.key, SecretKey, type(None), secret=True)
        made_by("GoogleStorage.identity", self.identity, CloudIdentity, type(None))
        if self.identity is not None and self.key is not None:
            raise SpecError(
                "GoogleStorage: identity and key are both set; remove one, so that it is clear who writes the copies"
            )

    @property
    def uses_identity(self) -> bool:
        """Whether the pods log in with their cloud identity."""
        return self.key is None

    @property
    def secret_keys(self) -> tuple[SecretKey, ...]:
        """Keys of Secrets that are read for it."""
        return () if self.key is None else (self.key,)


@dataclass(frozen=True, kw_only=True, slots=True)
class AzureBlob:
    """A container of Azure Blob Storage: ``AzureBlob("https://acme.blob.core.windows.net/backups")``.

    Without `connection_string` the pods use their cloud identity.
    """

    url: str = field(kw_only=False)
    """URL of the container, with the storage account; without a query, so without the signature of a SAS."""

    folder: str | None = None
    """Folder in the container, with the placeholders of `S3.folder`. Default: none, the store's own folder is at the top."""

    connection_string: SecretKey | None = None
    """Key of a Secret with the connection string of the storage account. Default: none, the pods use `identity`."""

    identity: CloudIdentity | None = None
    """The managed identity of the pods in Azure; ``Platform.identity`` grants it. Default: none if there is a connection string,
    else one with the name of the store."""

    def __post_init__(self) -> None:
        example = "https://<account>.blob.core.windows.net/<container>"
        url = server_url("AzureBlob.url", self.url, what="the URL of a container", example=example)
        if url.path in ("", "/") or url.path.endswith("/"):
            raise bad("AzureBlob.url", "not the URL of a container", self.url, f"write it as '{example}'")
        check_folder("AzureBlob.folder", self.folder)
        made_by("AzureBlob.connection_string", self.connection_string, SecretKey, type(None), secret=True)
        made_by("AzureBlob.identity", self.identity, CloudIdentity, type(None))
        if self.identity is not None and self.connection_string is not None:
            raise SpecError("AzureBlob: identity and connection_string are both set; remove one, so that it is clear who writes the "
                            "copies")  # fmt: skip

    @property
    def uses_identity(self) -> bool:
        """Whether the pods log in with their cloud identity."""
        return self.connection_string is None

    @property
    def secret_keys(self) -> tuple[SecretKey, ...]:
        """Keys of Secrets that are read for it."""
        return () if self.connection_string is None else (self.connection_string,)


@dataclass(frozen=True, kw_only=True, slots=True)
class VolumeSnapshots:
    """Snapshots of the volumes, by the storage system of the cluster: ``VolumeSnapshots("csi-snapshots", log=S3("acme-backups"))``.

    They stay where the volumes are: a lost storage system takes both. A bucket is a copy elsewhere.
    """

    snapshot_class: str = field(kw_only=False)
    """Name of the VolumeSnapshotClass."""

    log: S3 | GoogleStorage | AzureBlob | None = None
    """Bucket for the log of changes, from which any moment after a snapshot can be recovered. Default: none, only the moment of a
    snapshot can be."""

    cold: bool = False
    """Whether the instance whose volume is copied is stopped for that time, so that nothing has to be repaired when the copy is used.
    It needs a second instance. Default: false."""

    def __post_init__(self) -> None:
        text("VolumeSnapshots.snapshot_class", self.snapshot_class)
        made_by("VolumeSnapshots.log", self.log, S3, GoogleStorage, AzureBlob, type(None))
        flag("VolumeSnapshots.cold", self.cold)


BackupTarget: TypeAlias = S3 | GoogleStorage | AzureBlob | VolumeSnapshots
"""Where copies are written."""


def _reachable(endpoint: str, peer: Peer | None) -> None:
    """Refuse a private address without its peer: policies for other hosts do not open it."""
    if peer is None and is_private(endpoint):
        do = f"add it: peer=Addresses.of('{urlsplit(endpoint).hostname}', port=…)"
        raise bad("S3.endpoint", "a private address, which policies open only for a peer", endpoint, do)


def is_private(endpoint: str) -> bool:
    """Return whether the host of a URL is a private address, and no name."""
    try:
        return ip_address(urlsplit(endpoint).hostname or "").is_private
    except ValueError:
        return False


def _bucket(where: str, value: str) -> None:
    if not isinstance(value, str) or not _BUCKET.fullmatch(value):
        rule = "use 3 to 63 lower-case letters, digits, '.', '_' and '-', and no 's3://'"
        raise bad(where, "not the name of a bucket", value, rule)


def check_folder(where: str, value: str | None) -> None:
    """Refuse what is not a folder of a bucket."""
    if value is not None and (
        not isinstance(value, str) or not _FOLDER.fullmatch(value) or "//" in value or ".." in value
    ):
        raise bad(where, "not a folder", value, "write it without a slash at the ends: 'databases/{cluster}'")
