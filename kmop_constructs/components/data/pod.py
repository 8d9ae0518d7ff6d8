"""From what the caller of a construct asks, and what is peculiar to an image, to the spec of its one pod."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs.components.data.native import NativeDataOptions
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.components.data.technology import Technology, database_name
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.microservice.stateful import StatefulSpec
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.files import FileSource
from kmop_constructs.values.names import config_key, made_by, mapping, texts
from kmop_constructs.values.probes import Health
from kmop_constructs.values.quantity import Size
from kmop_constructs.values.scaling import Replicas
from kmop_constructs.values.security import Security
from kmop_constructs.values.shutdown import Shutdown
from kmop_constructs.values.volumes import ClaimTemplate, EmptyDir, VolumeSource
from kmop_constructs.values.workload import Container

if TYPE_CHECKING:
    from kmop_constructs.values.env import EnvValue
    from kmop_constructs.values.image import Image
    from kmop_constructs.values.ports import Port
    from kmop_constructs.values.resources import Resources

    from constructs import Construct

__all__ = [
    "FIRST",
    "Asked",
    "Ids",
    "alpine",
    "asked",
    "init_files",
    "own_database",
    "own_password",
    "own_user",
    "settings_of",
]

CLAIM = "data"
"""Name of the claim template, and so the first part of every claim's name."""

FIRST = "00-application"
"""Name, without ending, of the script that makes the application's user."""

GRACE = timedelta(minutes=2)
"""Time for a store to write what it holds in memory. The makers of the PostgreSQL image call 90 seconds too short at
times (https://github.com/docker-library/postgres, at STOPSIGNAL)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ids:
    """Whom an image runs as."""

    user: int
    group: int
    fs_group: int | None = None
    """The group that owns volumes. Default: `group`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What the caller of any of the constructs asks."""

    image: Image
    storage: Size | None
    storage_class: str | None
    resources: Resources | None
    options: NativeDataOptions

    def spec(
        self,
        *,
        ids: Ids,
        guess: Resources,
        ports: Sequence[Port],
        data: str,
        folder: str | None,
        scratch: Mapping[str, EmptyDir],
        env: Mapping[str, EnvValue] | None = None,
        args: Sequence[str] = (),
        files: Mapping[str, FileSource] | None = None,
        health: Health | None = None,
        init_containers: Sequence[Container] = (),
    ) -> StatefulSpec:
        """The spec of the one pod.

        Args:
            ids: Whom the image runs as.
            guess: Requests and limits where the caller names none.
            ports: What it listens on, the main one first.
            data: Where the image keeps data.
            folder: The folder of the volume that is mounted there. A fresh ext4 volume has a ``lost+found`` in its root,
                which MySQL, for one, takes for data that is not its own
                (https://github.com/docker-library/mysql/issues/186).
            scratch: What else the image writes to.
            env: Variables.
            args: Arguments.
            files: Files.
            health: Checks. The start-up budget is the options'.
            init_containers: Containers that run before.
        """
        options = self.options
        held: VolumeSource
        if self.storage is None:
            held = EmptyDir(CLAIM)
        else:
            claim = ClaimTemplate(CLAIM, size=self.storage, storage_class=self.storage_class)
            held = claim if folder is None else claim.at(folder)
        group = ids.group if options.group is None else options.group
        security = Security(
            run_as_user=ids.user if options.user is None else options.user,
            run_as_group=group,
            fs_group=group if ids.fs_group is None else ids.fs_group,
        )
        return StatefulSpec(
            image=self.image,
            args=tuple(args),
            env=env or {},
            files=files or {},
            volumes={data: held, **scratch},
            port=ports[0],
            extra_ports=tuple(ports[1:]),
            resources=self.resources or guess,
            security=security,
            health=replace(health or Health(), startup_budget=options.startup_budget),
            scaling=Replicas(1),
            shutdown=Shutdown(pause=timedelta(0), grace_period=GRACE),
            init_containers=tuple(replace(each, security=replace(security, fs_group=None)) for each in init_containers),
            sidecars=options.sidecars,
            identity=options.identity,
            labels=options.labels,
            pod_annotations=options.pod_annotations,
            placement=options.placement,
            isolation=options.isolation,
            keep_claims_when_deleted=options.keep_claim_when_deleted,
        )


def asked(
    scope: Construct,
    id: str,
    *,
    image: Image,
    storage: Size | None,
    storage_class: str | None,
    resources: Resources | None,
    options: NativeDataOptions | None,
) -> tuple[str, Asked]:
    """The path of the construct, and what is asked, checked."""
    where = place_of(scope).child(id).path
    made_by(f"{where}: options", options, NativeDataOptions, type(None))
    if storage is None:
        if storage_class is not None:
            raise bad(f"{where}: storage_class", "given without storage", storage_class, "say storage=Size(…) too")
    elif not isinstance(storage, Size):
        raise bad(f"{where}: storage", "not a size", storage, "write Size.gib(20)")
    return where, Asked(
        image=image,
        storage=storage,
        storage_class=storage_class,
        resources=resources,
        options=options or NativeDataOptions(),
    )


def alpine(image: Image) -> bool:
    """Whether it is a variant on Alpine Linux, which has ids of its own. The tag says so."""
    return "alpine" in (image.tag or "")


def settings_of(where: str, settings: Mapping[str, str] | None) -> dict[str, str]:
    """Settings in the server's own words, checked."""
    checked = dict(mapping(f"{where}: settings", settings or {}))
    texts(f"{where}: settings", [*checked, *checked.values()])
    return checked


def own_password(where: str, name: str, value: SecretKey) -> SecretKey:
    """A password by reference."""
    if not isinstance(value, SecretKey):
        got = type(value).__name__
        raise SpecError(f"{where}: {name}: would be readable in the output, got a {got}; write SecretKey(name, key)")
    return value


def own_user(where: str, credentials: Credentials, *, taken: str) -> str | SecretKey:
    """The user that is made for the application; `taken` is the administrator's name."""
    if not isinstance(credentials, Credentials):
        got = type(credentials).__name__
        raise SpecError(f"{where}: credentials: not Credentials, got a {got}; write Credentials.of(secret)")
    if credentials.user is None:
        raise SpecError(f"{where}: credentials: names no user; write Credentials(user=…, password=…)")
    if credentials.user == taken:
        raise bad(f"{where}: credentials.user", "the administrator", taken, "name a user of the application's own")
    return credentials.user


def own_database(where: str, name: str, technology: Technology) -> str:
    """The database that is made for the application."""
    return database_name(f"{where}: database", name, reserved=technology.reserved)


def init_files(
    where: str, own: Mapping[str, FileSource], scripts: Mapping[str, FileSource] | None
) -> dict[str, FileSource]:
    """Scripts that the image runs once, on an empty volume, in the order of their names: ours first."""
    names = mapping(f"{where}: init_scripts", scripts or {})
    for name in sorted(names):
        config_key(f"{where}: init_scripts", name)
        if own and name <= max(own):
            raise bad(f"{where}: init_scripts", f"comes before {max(own)!r}, which makes the user", name, "rename it")
    both = {**own, **names}
    return {f"/docker-entrypoint-initdb.d/{name}": both[name] for name in both}
