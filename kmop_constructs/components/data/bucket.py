"""A bucket as rclone sees it: settings as variables, the path, and the edge that opens the connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.edges import Call, ExistingService, ExternalHost
from kmop_constructs.core.placeholders import fill_placeholders
from kmop_constructs.errors import UnsupportedError
from kmop_constructs.values.cloud_identity import CloudIdentity
from kmop_constructs.values.files import FileSource
from kmop_constructs.values.object_store import S3, AzureBlob, GoogleStorage

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.env import EnvValue

__all__ = ["Bucket", "bucket_of", "server_of"]

_AUTHORITY = "/etc/bucket/ca.crt"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """A folder of a bucket."""

    path: str
    """Remote and path, as arguments of rclone."""

    env: Mapping[str, EnvValue]
    """Settings of the remote (https://rclone.org/docs/#config-file)."""

    files: Mapping[str, FileSource] = field(default_factory=dict[str, FileSource])
    """Files that the settings name. Default: none."""

    edge: Call
    """The connection to the server."""

    identity: CloudIdentity | None = None
    """The cloud identity of the pods. Default: none, the settings have a login."""


def bucket_of(where: str, subject: Subject, to: S3 | GoogleStorage | AzureBlob, folder: str) -> Bucket:
    """Return a folder of a bucket. Raises `UnsupportedError` for a login that rclone does not know."""
    more = {"namespace": subject.namespace}
    above = "" if to.folder is None else fill_placeholders(f"{where}: folder", to.folder, subject.cluster, more)
    identity = (to.identity or CloudIdentity(subject.name)) if to.uses_identity else None
    files: dict[str, FileSource] = {}
    match to:
        case S3():
            root, env = to.bucket, _s3(to)
            if to.authority is not None:
                files[_AUTHORITY] = to.authority
        case GoogleStorage():
            root, env = to.bucket, _google(to)
        case AzureBlob():
            root, env = urlsplit(to.url).path.strip("/"), _azure(where, to)
    path = "/".join(part for part in (root, above, folder) if part)
    named: dict[str, EnvValue] = {f"RCLONE_CONFIG_BUCKET_{name}": value for name, value in env.items()}
    if files:
        named["RCLONE_CA_CERT"] = _AUTHORITY
    return Bucket(path=f"bucket:{path}", env=named, files=files, edge=server_of(to).tcp(env=None), identity=identity)


def server_of(to: S3 | GoogleStorage | AzureBlob) -> ExternalHost | ExistingService:
    """Return the server of a bucket: a host outside of the cluster, or a Service of it."""
    match to:
        case S3(endpoint=None):
            return ExternalHost("s3.amazonaws.com")
        case S3(endpoint=endpoint):
            return _server(endpoint or "")
        case GoogleStorage():
            return ExternalHost("storage.googleapis.com")
        case AzureBlob():
            return _server(to.url)


def _server(address: str) -> ExternalHost | ExistingService:
    url = urlsplit(address)
    host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    name, _, rest = host.partition(".")
    namespace, _, domain = rest.partition(".")
    if domain == "svc" or domain.startswith("svc."):
        return ExistingService(name, port=port, namespace=namespace)
    return ExternalHost(host, port=port)


def _s3(to: S3) -> dict[str, EnvValue]:
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
    env: dict[str, EnvValue] = {"TYPE": "google cloud storage", "BUCKET_POLICY_ONLY": "true", "NO_CHECK_BUCKET": "true"}
    return {**env, "ENV_AUTH": "true"} if to.key is None else {**env, "SERVICE_ACCOUNT_CREDENTIALS": to.key}
