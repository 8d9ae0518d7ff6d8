"""A bucket: its path, the connection to its server, and its settings for rclone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.connection import Connection
from kmop_constructs.core.contribution import Contribution
from kmop_constructs.core.edges import ExistingService, ExternalHost
from kmop_constructs.core.placeholders import fill_placeholders
from kmop_constructs.errors import UnsupportedError
from kmop_constructs.values.files import FileSource
from kmop_constructs.values.object_store import S3, AzureBlob, GoogleStorage

if TYPE_CHECKING:
    from kmop_constructs.components.data.uses import StoreDrawn
    from kmop_constructs.core.subject import ServiceFacts, Subject
    from kmop_constructs.values.env import EnvValue

__all__ = ["AnyBucket", "CopiesTo", "Rclone", "folder_of", "has_copies", "location_of", "rclone_of", "server_of"]

AnyBucket: TypeAlias = S3 | GoogleStorage | AzureBlob

_AUTHORITY = "/etc/bucket/ca.crt"


@dataclass(frozen=True, kw_only=True, slots=True)
class CopiesTo:
    """Fact of a store: where its copies are. Nothing else may write there, because old copies are deleted."""

    location: str
    """Server, bucket and folder."""

    store: str
    """Construct path or description of the store."""

    alone: bool = False
    """Whether nothing else may be below the location either. Default: false, other folders may be."""


def has_copies(store: StoreDrawn, copies: Iterable[CopiesTo]) -> bool:
    """Return whether a store has copies of its own: by its provider, or by a `Dump`."""
    return store.has_backup or any(f"{each.store}/".startswith(f"{store.path}/") for each in copies)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rclone:
    """A folder of a bucket as rclone sees it, and the edge that opens the connection."""

    path: str
    """Remote and path, as arguments of rclone."""

    env: Mapping[str, EnvValue]
    """Settings of the remote (https://rclone.org/docs/#config-file)."""

    files: Mapping[str, FileSource] = field(default_factory=dict[str, FileSource])
    """Files that the settings name. Default: none."""

    connection: Connection
    """The connection to the server."""

    def contribution(self, caller: ServiceFacts) -> Contribution:  # noqa: ARG002 - the protocol of edges
        """Return the connection."""
        return Contribution(source=f"the bucket {self.path.partition(':')[2]!r}", connections=(self.connection,))


def folder_of(where: str, subject: Subject, folder: str | None) -> str:
    """Return a folder with its placeholders filled; empty if there is none."""
    if folder is None:
        return ""
    return fill_placeholders(f"{where}: folder", folder, subject.cluster, {"namespace": subject.namespace})


def _path(where: str, subject: Subject, to: AnyBucket, folder: str) -> str:
    root = urlsplit(to.url).path.strip("/") if isinstance(to, AzureBlob) else to.bucket
    return "/".join(part for part in (root, folder_of(where, subject, to.folder), folder) if part)


def location_of(where: str, subject: Subject, to: AnyBucket, folder: str) -> str:
    """Return where copies are: server, bucket and folder."""
    server = {S3: "s3", GoogleStorage: "gs", AzureBlob: "azure"}[type(to)]
    if isinstance(to, S3) and to.endpoint is not None:
        server = to.endpoint
    elif isinstance(to, AzureBlob):
        server = urlsplit(to.url).netloc
    return f"{server} {_path(where, subject, to, folder)}"


def rclone_of(where: str, subject: Subject, to: AnyBucket, folder: str) -> Rclone:
    """Return a folder of a bucket. Raises `UnsupportedError` for a login that rclone does not know."""
    files: dict[str, FileSource] = {}
    match to:
        case S3():
            env = _s3(to, subject.cluster.region)
            if to.authority is not None:
                files[_AUTHORITY] = to.authority
        case GoogleStorage():
            env = _google(to)
        case AzureBlob():
            env = _azure(where, to)
    named: dict[str, EnvValue] = {f"RCLONE_CONFIG_BUCKET_{name}": value for name, value in env.items()}
    if files:
        named["RCLONE_CA_CERT"] = _AUTHORITY
    return Rclone(path=f"bucket:{_path(where, subject, to, folder)}", env=named, files=files, connection=server_of(to))


def server_of(to: AnyBucket) -> Connection:
    """Return the connection to the server of a bucket: a host outside of the cluster, a Service of it, or a named peer."""
    match to:
        case S3(endpoint=None):
            return ExternalHost("s3.amazonaws.com").tcp(env=None).connection
        case S3(endpoint=endpoint, peer=peer) if peer is not None:
            return Connection(to=peer, port=None if peer.ports else _host(endpoint or "")[1])
        case S3(endpoint=endpoint):
            return _server(endpoint or "")
        case GoogleStorage():
            return ExternalHost("storage.googleapis.com").tcp(env=None).connection
        case AzureBlob():
            return _server(to.url)


def _host(address: str) -> tuple[str, int]:
    url = urlsplit(address)
    return url.hostname or "", url.port or (443 if url.scheme == "https" else 80)


def _server(address: str) -> Connection:
    host, port = _host(address)
    name, _, rest = host.partition(".")
    namespace, _, domain = rest.partition(".")
    if domain == "svc" or domain.startswith("svc."):
        return ExistingService(name, port=port, namespace=namespace).tcp(env=None).connection
    return ExternalHost(host, port=port).tcp(env=None).connection


def _s3(to: S3, region: str | None) -> dict[str, EnvValue]:
    """Return the settings of https://rclone.org/s3/."""
    env: dict[str, EnvValue] = {
        "TYPE": "s3",
        "PROVIDER": "AWS" if to.endpoint is None else "Other",
        "NO_CHECK_BUCKET": "true",
    }
    if to.endpoint is not None:
        env["ENDPOINT"] = to.endpoint
    if to.access_key is None or to.secret_access_key is None:
        env["ENV_AUTH"] = "true"
    else:
        env |= {"ACCESS_KEY_ID": to.access_key, "SECRET_ACCESS_KEY": to.secret_access_key}
    if to.region is not None:
        env["REGION"] = to.region
    elif to.endpoint is None and region is not None:
        env["REGION"] = region
    return env


def _azure(where: str, to: AzureBlob) -> dict[str, EnvValue]:
    """Return the settings of https://rclone.org/azureblob/."""
    if to.connection_string is not None:
        raise UnsupportedError(
            f"{where}: backup.to: rclone logs in to Azure by an identity, not by a connection string; leave connection_string out, "
            "and name Platform(identity=AzureWorkloadIdentity(…))"
        )
    account = (urlsplit(to.url).hostname or "").partition(".")[0]
    return {"TYPE": "azureblob", "ACCOUNT": account, "ENV_AUTH": "true"}


def _google(to: GoogleStorage) -> dict[str, EnvValue]:
    """Return the settings of https://rclone.org/googlecloudstorage/."""
    env: dict[str, EnvValue] = {
        "TYPE": "google cloud storage",
        "BUCKET_POLICY_ONLY": "true",
        "NO_CHECK_BUCKET": "true",
    }
    return {**env, "ENV_AUTH": "true"} if to.key is None else {**env, "SERVICE_ACCOUNT_CREDENTIALS": to.key}
