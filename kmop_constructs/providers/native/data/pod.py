"""The spec of a store's pod: from the arguments of the construct and the properties of the image."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import UnsupportedError, bad
from kmop_constructs.providers.native.data.store import CLAIM, ImageProfile, NativeDataOptions
from kmop_constructs.values.cluster import Cluster
from kmop_constructs.values.container import Container
from kmop_constructs.values.env import EnvValue
from kmop_constructs.values.files import FileSource
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import config_key, made_by, mapping, texts
from kmop_constructs.values.probes import Health, NoProbe
from kmop_constructs.values.quantity import Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.scaling import Replicas
from kmop_constructs.values.security import Security
from kmop_constructs.values.service import HeadlessService
from kmop_constructs.values.shutdown import Shutdown
from kmop_constructs.values.volumes import ClaimTemplate, EmptyDir, VolumeSource
from kmop_constructs.workloads.stateful import StatefulSpec

if TYPE_CHECKING:
    from kmop_constructs.components.data.technology import Technology
    from kmop_constructs.values.env import SecretKey
    from kmop_constructs.values.ports import Port

    from constructs import Construct

__all__ = [
    "Ids",
    "PodOfImage",
    "StoreArguments",
    "alpine",
    "check_arguments",
    "init_files",
    "settings_of",
]

SECRETS = "/run/secrets"
"""The folder of files with passwords, as in the examples of the official images."""

READABLE = 0o440
"""File mode: readable only for the group of the pod's volumes, which the server is in."""

BITNAMI = {"bitnami", "bitnamilegacy", "bitnamisecure"}
"""The repositories of Bitnami's images."""

GRACE = timedelta(minutes=2)
"""Time for a store to write its memory to disk. The makers of the PostgreSQL image warn that 90 seconds can be too
short (https://github.com/docker-library/postgres, at STOPSIGNAL)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ids:
    """The user and group ids of an image."""

    user: int
    group: int
    fs_group: int | None = None
    """The group that owns the volumes. Default: `group`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PodOfImage:
    """The properties of an image: its user, the paths that it writes to, its configuration and its checks."""

    ids: Ids
    """User and group ids."""

    ports: Sequence[Port]
    """Ports that it listens on, the main one first."""

    data: str
    """The path of its data."""

    folder: str | None = None
    """The folder of the claim that is mounted at `data`. A fresh ext4 volume has a ``lost+found`` in its root, which
    some servers take for foreign data, such as MySQL (https://github.com/docker-library/mysql/issues/186). Default: the
    whole claim."""

    scratch: Mapping[str, VolumeSource] = field(default_factory=dict[str, VolumeSource])
    """Further paths that it writes to. Default: none but ``/tmp``."""

    env: Mapping[str, EnvValue] = field(default_factory=dict[str, EnvValue])
    """Variables. Default: none."""

    args: Sequence[str] = ()
    """Arguments. Default: those of the image."""

    files: Mapping[str, FileSource] = field(default_factory=dict[str, FileSource])
    """Files. Default: none."""

    health: Health = Health()
    """Checks, without the start-up budget, which comes from the options. Default: TCP."""

    init_containers: Sequence[Container] = ()
    """Containers that run before, as the same user. Default: none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreArguments:
    """The arguments that every construct of a store has."""

    where: str
    """Path of the construct."""

    name: str
    """Name of the StatefulSet."""

    namespace: str | None
    """Its namespace; ``None`` where the chart has none."""

    domain: str
    """The domain of the cluster's Services."""

    peers: str
    """Name of the headless Service."""

    profile: ImageProfile
    """The maker of the image."""

    image: Image
    storage: Size | None
    storage_class: str | None
    resources: Resources
    """Resources of the caller, or an estimate."""

    options: NativeDataOptions

    def spec(self, pod: PodOfImage, *, replicas: int = 1) -> StatefulSpec:
        """Return the spec of one pod, or of several that start at once to find each other."""
        options, ids = self.options, pod.ids
        if replicas > 1 and options.peers is None and not isinstance(options.service, HeadlessService):
            what = "not set, but several nodes find each other by the DNS names of a headless Service"
            raise bad(f"{self.where}: options.peers", what, None, "set peers=HeadlessService(…), or a headless service")
        held: VolumeSource
        if self.storage is None:
            held = EmptyDir(CLAIM)
        else:
            claim = ClaimTemplate(CLAIM, size=self.storage, storage_class=self.storage_class)
            held = claim if pod.folder is None else claim.at(pod.folder)
        if pod.data in options.volumes:
            what = "the path of the data, which storage decides"
            raise bad(f"{self.where}: options.volumes", what, pod.data, "leave it out")
        group = ids.group if options.group is None else options.group
        security = Security(
            run_as_user=ids.user if options.user is None else options.user,
            run_as_group=group,
            fs_group=group if ids.fs_group is None else ids.fs_group,
        )
        return StatefulSpec(
            image=self.image,
            args=(*pod.args, *options.args),
            env={**pod.env, **options.env},
            files=pod.files,
            volumes={**pod.scratch, **options.volumes, pod.data: held},
            port=(*pod.ports, *options.extra_ports),
            metrics=options.metrics,
            service=options.service,
            peers=options.peers,
            resources=self.resources,
            security=security,
            health=_health(pod.health, options),
            scaling=Replicas(replicas),
            parallel=replicas > 1,
            disruption=options.disruption,
            # While the only pod ends, a pause would only lengthen the outage; with several pods, callers move to others meanwhile.
            shutdown=Shutdown(grace_period=GRACE) if replicas > 1 else Shutdown(pause=timedelta(0), grace_period=GRACE),
            init_containers=tuple(
                replace(each, security=replace(security, fs_group=None)) for each in pod.init_containers
            ),
            sidecars=options.sidecars,
            identity=options.identity,
            labels=options.labels,
            pod_annotations=options.pod_annotations,
            placement=options.placement,
            isolation=options.isolation,
            keep_claims_when_deleted=options.keep_claim_when_deleted,
        )

    def passwords(
        self, names: Mapping[str, SecretKey], *, below: str = SECRETS
    ) -> tuple[dict[str, EnvValue], dict[str, FileSource]]:
        """Return passwords as variables and files by the names of the variables; as files where the image reads ``NAME_FILE``."""
        if self.options.passwords == "variables":
            return dict(names), {}
        keys = {(each.name, each.key) for each in names.values()}
        unique = len({key for _, key in keys}) == len(keys)
        env: dict[str, EnvValue] = {}
        files: dict[str, FileSource] = {}
        for name, secret in names.items():
            at = f"{below}/{secret.key if unique else f'{secret.name}.{secret.key}'}"
            env[f"{name}_FILE"] = at
            files[at] = replace(secret, mode=READABLE)
        return env, files


def _health(ours: Health, options: NativeDataOptions) -> Health:
    """Return the checks of the image, replaced by those of the caller."""
    health = options.health or Health()
    asks = health.path is not None or health.readiness is not None
    watches = health.liveness_path is not None or health.grpc_liveness is not None or health.liveness is not None
    startup = health.startup if health.startup is not None or asks else ours.startup
    both = replace(
        health,
        readiness=health.readiness if asks else ours.readiness,
        liveness=health.liveness if watches else ours.liveness,
        startup=startup,
    )
    if isinstance(startup, NoProbe):
        return both
    if startup is not None and startup.timing is not None and startup.timing.failures is not None:
        return both
    return replace(both, startup_budget=options.startup_budget)


def check_arguments(
    scope: Construct,
    id: str,
    *,
    technology: Technology,
    image: Image,
    storage: Size | None,
    storage_class: str | None,
    resources: Resources | None,
    guess: Resources,
    options: NativeDataOptions | None,
    profiles: Sequence[ImageProfile] = ("official",),
    reads_files: bool = False,
) -> tuple[str, StoreArguments]:
    """Return the path of the construct, and its checked arguments.

    Args:
        scope: The parent construct.
        id: Id of the construct.
        technology: The technology of the store.
        image: The image.
        storage: Size of the claim.
        storage_class: Name of the StorageClass.
        resources: Requests and limits of the caller.
        guess: Requests and limits where the caller gives none.
        options: Options of native pods.
        profiles: The supported image profiles. Default: ``official``.
        reads_files: Whether the image reads passwords from files. Default: False.
    """
    place = place_of(scope).child(id)
    where = place.path
    made_by(f"{where}: options", options, NativeDataOptions, type(None))
    made_by(f"{where}: image", image, Image)
    made_by(f"{where}: resources", resources, Resources, type(None))
    if storage is None:
        if storage_class is not None:
            raise bad(
                f"{where}: storage_class", "not allowed without storage", storage_class, "set storage=Size.gib(…) too"
            )
    elif not isinstance(storage, Size):
        raise bad(f"{where}: storage", "not a size", storage, "write Size.gib(20)")
    chosen = options or NativeDataOptions()
    profile = chosen.image_profile or _profile(image)
    if profile not in profiles:
        raise UnsupportedError(
            f"{where}: image: {technology.name} by {profile} has its own paths and variables, which this provider does not "
            f"support, got {image.reference!r}; use the official image, or declare a compatible one with "
            "NativeDataOptions(image_profile='official')"
        )
    if chosen.passwords == "files" and not reads_files:
        raise UnsupportedError(
            f"{where}: options.passwords: the image of {technology.name} reads no password from a file, got 'files'; "
            "leave it out. The images of PostgreSQL, MySQL and MongoDB read files"
        )
    name = chosen.identity.name or id
    return where, StoreArguments(
        where=where,
        name=name,
        namespace=None if place.chart is None else place.chart.namespace,
        domain=Cluster().domain if place.chart is None or place.chart.cluster is None else place.chart.cluster.domain,
        peers=(chosen.service.name or name) if chosen.peers is None else (chosen.peers.name or f"{name}-peers"),
        profile=profile,
        image=image,
        storage=storage,
        storage_class=storage_class,
        resources=resources or guess,
        options=chosen,
    )


def _profile(image: Image) -> ImageProfile:
    """Return the maker of an image, from its name."""
    return "bitnami" if BITNAMI & set(re.split("[/:@]", image.reference)) else "official"


def alpine(image: Image) -> bool:
    """Return whether the image is a variant on Alpine Linux, which has its own ids. The tag tells it."""
    return "alpine" in (image.tag or "")


def settings_of(where: str, settings: Mapping[str, str] | None) -> dict[str, str]:
    """Return the checked settings of the server, sorted by name, so that their order in the app does not change the output."""
    checked = dict(mapping(f"{where}: settings", settings or {}))
    texts(f"{where}: settings", [*checked, *checked.values()])
    return dict(sorted(checked.items()))


def init_files(
    where: str, own: Mapping[str, FileSource], scripts: Mapping[str, FileSource] | None
) -> dict[str, FileSource]:
    """Return scripts that the image runs once, on an empty volume, in the order of their names: those of this class first."""
    names = mapping(f"{where}: init_scripts", scripts or {})
    for name in sorted(names):
        config_key(f"{where}: init_scripts", name)
        if own and name <= max(own):
            raise bad(
                f"{where}: init_scripts",
                f"the name sorts before {max(own)!r}, which creates the user",
                name,
                "rename it",
            )
    both = {**own, **names}
    return {f"/docker-entrypoint-initdb.d/{name}": both[name] for name in both}
