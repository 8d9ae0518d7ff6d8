"""Fields of one container, which all kinds of workloads have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad, shown
from kmop_constructs.values.env import ConfigMapEnv, EnvFrom, EnvValue, SecretEnv, environment
from kmop_constructs.values.files import FileSource, FileTemplate, file_sources
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import (
    dns_label,
    flag,
    made_by,
    several,
    texts,
)
from kmop_constructs.values.ports import Port, unserved
from kmop_constructs.values.probes import Health
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.security import Security
from kmop_constructs.values.volumes import VolumeSource, mounts

__all__ = ["Container", "ContainerSpec", "Migration", "check_init_container"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerSpec:
    """Fields of any container."""

    image: Image
    """Container image."""

    command: tuple[str, ...] = ()
    """Command that replaces the image's entrypoint. Default: empty, the image's entrypoint."""

    args: tuple[str, ...] = ()
    """Arguments that replace the image's arguments. Default: empty, the image's arguments."""

    working_dir: str | None = None
    """Working directory of the process, an absolute path. Default: the image's working directory."""

    env: Mapping[str, EnvValue] = field(default_factory=dict[str, EnvValue])
    """Environment variables, in order; ``$(NAME)`` in text refers to another variable, which is then written before it.
    Default: none."""

    env_from: tuple[EnvFrom, ...] = ()
    """ConfigMaps and Secrets with all their keys as variables. Default: none."""

    files: Mapping[str, FileSource] = field(default_factory=dict[str, FileSource])
    """Files and directories, by their path in the container. Default: none."""

    volumes: Mapping[str, VolumeSource] = field(default_factory=dict[str, VolumeSource])
    """Writable paths and storage, by their path in the container. Default: only ``/tmp``."""

    resources: Resources | None = None
    """Requests and limits. Default: not set; an assumed value (`GUESSED`) is used, with a notice."""

    security: Security | None = Security()
    """Security context: user, capabilities, root file system. Default: the Pod Security level *restricted*, see
    `Security`."""

    def __post_init__(self) -> None:
        where = type(self).__name__
        if not isinstance(self.image, Image):
            example = shown(self.image) if isinstance(self.image, str) else "…"
            raise bad(f"{where}.image", "not an Image", self.image, f"write Image({example})")
        place = self.working_dir
        if place is not None and (not isinstance(place, str) or not place.startswith("/")):
            raise bad(f"{where}.working_dir", "not an absolute path", place, "start it with a slash")
        object.__setattr__(self, "command", texts(f"{where}.command", self.command))
        object.__setattr__(self, "args", texts(f"{where}.args", self.args))
        object.__setattr__(self, "env", environment(f"{where}.env", self.env))
        object.__setattr__(self, "env_from", several(f"{where}.env_from", self.env_from, secret=True))
        for source in self.env_from:
            made_by(f"{where}.env_from", source, ConfigMapEnv, SecretEnv, secret=True)
        made_by(f"{where}.resources", self.resources, Resources, type(None))
        made_by(f"{where}.security", self.security, Security, type(None))
        object.__setattr__(self, "files", file_sources(f"{where}.files", self.files))
        object.__setattr__(self, "volumes", mounts(f"{where}.volumes", self.volumes))
        both = sorted(set(self.files) & set(self.volumes))
        if both:
            raise SpecError(f"{where}.files: {shown(both[0])} is also a volume; use another path for one of them")


@dataclass(frozen=True, kw_only=True, slots=True)
class Container(ContainerSpec):
    """A container beside the app's own: an init container, or a sidecar."""

    name: str = field(kw_only=False)
    """Name of the container in the pod."""

    app_env: bool = False
    """Also set the variables of the app's container, before the variables of this container. Default: false."""

    ports: tuple[Port, ...] = ()
    """Container ports that no Service offers. If others call a port of a sidecar, or it serves metrics, write it in the
    ports of the service: ``Port(9113, container="exporter")``. Default: none."""

    before_sidecars: bool = False
    """Run an init container before the native sidecars start, for example to fetch the files that a sidecar needs. It cannot
    use what a sidecar offers, such as a proxy. Not allowed on a sidecar. Default: false, after them."""

    health: Health | None = None
    """Health checks of a sidecar. Not allowed on an init container, because it ends. Default: none."""

    security: Security | None = None
    """Security context of this container. Default: the level *restricted*, with the user and group of the workload's
    `Security`. Root is not inherited: if the workload's user is root or the image's user, 65532 is used."""

    def __post_init__(self) -> None:
        ContainerSpec.__post_init__(self)
        dns_label("Container.name", self.name)
        for at, source in self.files.items():
            if isinstance(source, FileTemplate):
                raise SpecError(f"Container({self.name!r}).files[{shown(at)}]: a FileTemplate is only allowed on the app's own "
                                "container; move it there")  # fmt: skip
        where = f"Container({self.name!r})"
        flag(f"{where}.app_env", self.app_env)
        flag(f"{where}.before_sidecars", self.before_sidecars)
        object.__setattr__(self, "ports", unserved(f"{where}.ports", self.ports))
        made_by(f"{where}.health", self.health, Health, type(None))
        own = self.security or Security()
        if own.fs_group is not None or own.sysctls or own.supplemental_groups:
            raise SpecError(
                f"{where}.security: fs_group, supplemental_groups and sysctls are pod settings; set them on the spec"
            )


def check_init_container(where: str, container: Container) -> None:
    """Check an init container: it must have no health checks, because it ends before the app starts."""
    made_by(where, container, Container)
    if container.health is not None:
        raise SpecError(
            f"{where}: {container.name!r} has health checks, but an init container ends and is not checked; remove "
            "health, or make it a sidecar"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Migration:
    """A command that must succeed before a new version of the app starts. It runs in each new pod, before the app.

    While it fails, new pods do not start and old pods keep running. It may run in several pods at once, so it must take a
    lock, as migration tools do, and do nothing if the migration is complete.
    """

    command: tuple[str, ...] = ()
    """Command of the migration. Default: empty, the image's entrypoint."""

    args: tuple[str, ...] = ()
    """Arguments of the command. Default: empty, the image's arguments."""

    image: Image | None = None
    """Image that holds the migration command. Default: the app's image."""

    env: Mapping[str, EnvValue] = field(default_factory=dict[str, EnvValue])
    """Additional variables; the app's variables are set too. Default: none."""

    resources: Resources | None = None
    """Requests and limits of the migration. Default: the app's resources."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "command", texts("Migration.command", self.command))
        object.__setattr__(self, "args", texts("Migration.args", self.args))
        object.__setattr__(self, "env", environment("Migration.env", self.env))
        made_by("Migration.image", self.image, Image, type(None))
        made_by("Migration.resources", self.resources, Resources, type(None))
        if not self.command and not self.args and self.image is None:
            raise SpecError(
                "Migration: command, args and image are not set, so the app itself would run; set one of them"
            )
