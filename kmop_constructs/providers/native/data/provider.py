"""The base of the native providers of stores: provision, images, names, and fields that are left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias, TypedDict, TypeVar, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.as_drawn import AsDrawn
from kmop_constructs.components.data.base import StoreNames
from kmop_constructs.components.data.connection import Store
from kmop_constructs.components.data.drawn import report_left_out
from kmop_constructs.components.data.dumps import DumpSpec
from kmop_constructs.components.data.store_spec import Provision, StoreSpec
from kmop_constructs.components.data.users import name_of
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import SpecError, UnsupportedError, shown
from kmop_constructs.providers.native.data.store import NativeData, NativeDataOptions
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import frozen, made_by, mapping, one_of, several
from kmop_constructs.values.object_store import S3, AzureBlob, GoogleStorage
from kmop_constructs.workloads.dumps import Dump
from kmop_constructs.workloads.platform import Platform

if TYPE_CHECKING:
    from kmop_constructs.components.data.base import ReadsWrites
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.components.data.technology import Technology
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.pods import Peer
    from kmop_constructs.values.quantity import Size
    from kmop_constructs.values.resources import Resources

    from constructs import Construct

__all__ = ["InPods", "LeftOut", "NativeStoreProvider", "database_of", "login_of"]

S = TypeVar("S", bound=NativeData)

LeftOut: TypeAlias = Literal["instances", "backup", "synchronous", "pooler", "generation", "credentials"]
"""The fields of a `Provision`, and the generation and the credentials of a spec, that native pods do not support."""


class InPods(TypedDict):
    """The arguments that every native store gets."""

    image: Image
    storage_class: str | None
    resources: Resources | None
    options: NativeDataOptions
    platform: Platform
    accepts: tuple[Peer, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeStoreProvider:
    """Base of the providers that draw stores as native pods. Use a subclass, such as `NativePostgresProvider`."""

    technology: ClassVar[Technology]
    """The technology of the store."""

    job: ClassVar[str]
    """The field of the platform that holds the provider."""

    repository: ClassVar[str]
    """The repository of the official image."""

    provision: Provision = Provision()
    """The platform's decisions for every store; a spec may override its fields. Default: none."""

    images: Mapping[str, Image] = field(default_factory=dict[str, Image])
    """Images by `StoreSpec.version`. Default: the official image, with the version as tag."""

    options: NativeDataOptions = NativeDataOptions()
    """Options of native pods, for every store of the platform. Default: `NativeDataOptions()`."""

    leaves_out: tuple[LeftOut, ...] = ()
    """Fields of a `Provision` that are ignored with a notice instead of an error: ``("instances", "backup")`` on a
    staging platform; ``generation`` of a spec, so that one store keeps its data while another platform recovers its own;
    ``credentials`` of an Elasticsearch, whose callers then are the superuser. Default: none, an unsupported field is an error."""

    def __post_init__(self) -> None:
        where = type(self).__name__
        made_by(f"{where}.provision", self.provision, Provision)
        made_by(f"{where}.options", self.options, NativeDataOptions)
        images = mapping(f"{where}.images", self.images)
        for version, image in images.items():
            made_by(f"{where}.images[{shown(version)}]", image, Image)
        object.__setattr__(self, "images", frozen(dict(sorted(images.items()))))
        object.__setattr__(self, "leaves_out", several(f"{where}.leaves_out", self.leaves_out))
        for each in self.leaves_out:
            one_of(f"{where}.leaves_out", each, LeftOut)

    def image(self, spec: StoreSpec) -> Image:
        """Return the image of the spec's version."""
        return self.images.get(spec.version) or Image(f"{self.repository}:{spec.version}")

    def store_names(
        self,
        subject: Subject,
        *,
        database: str | None,
        credentials: Credentials | None,
        users: Mapping[str, Credentials] | None = None,
    ) -> StoreNames:
        """Return the names that callers use for a native store."""
        service = self.options.service.name or self.options.identity.name or subject.name
        store = Store.of_service(
            subject, self.technology, service=service, database=database, credentials=credentials, users=users
        )
        return StoreNames(primary=replace(store, name=service))

    def provisioned(
        self,
        subject: Subject,
        spec: StoreSpec,
        *,
        clusters: bool = False,
        dumps: bool = False,
        majority: bool = False,
    ) -> tuple[Provision, tuple[Finding, ...]]:
        """Return the provision of a store without the fields that are left out, and a notice for each of these.

        Raises `UnsupportedError` for a field that native pods do not support, unless `leaves_out` names it. `clusters`
        says that the store can run several instances, `dumps` that its image can dump it, `majority` that each write is in most of
        them.
        """
        wanted = self.provision.overridden(spec.provision)
        notices: list[Finding] = []
        # What the platform accepts to be missing is drawn where it can be.
        wants_none = "backup" in self.leaves_out
        for name, why in _missing(wanted, clusters=clusters, dumps=dumps, wants_none=wants_none, majority=majority):
            reason = None if name in self.leaves_out else subject.cluster.accepts_missing.get(name)
            if name not in self.leaves_out and reason is None:
                raise UnsupportedError(
                    f"{subject.path}: provision.{name}: {self.technology.name} in native pods {why}; name another provider: "
                    f"Platform({self.job}=…), or ignore the field: {type(self).__name__}(leaves_out=({name!r},))"
                )
            wanted = replace(wanted, **{name: None})
            notices.append(self._left_out(subject, f"{name} of its provision", why, reason))
        return wanted, tuple(notices)

    def only_generation(self, subject: Subject, generation: int) -> tuple[Finding, ...]:
        """Return a notice for a generation that is left out.

        Raises `UnsupportedError` for another generation than the first, unless `leaves_out` names it.
        """
        if generation == 1:
            return ()
        why = "have one store with its own data, and recover none"
        return self.without(subject, "generation", why, f"got {generation}", "keep the data here")

    def without(self, subject: Subject, name: LeftOut, why: str, got: str, ignore: str) -> tuple[Finding, ...]:
        """Return a notice for a field of a spec that is left out. Raises `UnsupportedError` unless `leaves_out` names it."""
        reason = subject.cluster.accepts_missing.get(name)
        if name not in self.leaves_out and reason is None:
            raise UnsupportedError(
                f"{subject.path}: {name}: {self.technology.name} in native pods {why}, {got}; name another provider: "
                f"Platform({self.job}=…), or {ignore}: {type(self).__name__}(leaves_out=({name!r},))"
            )
        return (self._left_out(subject, name, why, reason),)

    def _left_out(self, subject: Subject, what: str, why: str, reason: str | None) -> Finding:
        return report_left_out(subject, what, f"{self.technology.name} in native pods {why}", reason)

    def in_pods(self, subject: Subject, spec: StoreSpec, provision: Provision, accepts: tuple[Peer, ...]) -> InPods:
        """Return the arguments that every native store gets."""
        return InPods(
            image=self.image(spec),
            storage_class=provision.storage_class,
            resources=provision.resources,
            options=self.options,
            platform=Platform.of(subject.cluster),
            accepts=accepts,
        )

    def dumped(
        self, scope: Construct, id: str, store: NativeData, spec: StoreSpec, provision: Provision
    ) -> tuple[Dump, ...]:
        """Draw the dumps of a store, if its provision has a backup."""
        if provision.backup is None:
            return ()
        wanted = DumpSpec(backup=provision.backup, image=self.image(spec))
        if provision.storage is not None:
            wanted = replace(wanted, space=provision.storage)
        readable = cast("ReadsWrites", store)
        return (Dump(scope, f"{id}-dump", readable, wanted, platform=Platform.of(store.facts.cluster)),)

    def storage(self, subject: Subject, provision: Provision) -> Size:
        """Return the size of the claim."""
        if provision.storage is None:
            raise SpecError(
                f"{subject.path}: provision.storage: not set, and native pods keep the data in a claim; set it in the spec "
                f"(provision=Provision(storage=Size.gib(20))), or for the platform: {type(self).__name__}(provision=…)"
            )
        return provision.storage

    def told(self, store: S, notices: tuple[Finding, ...], provision: Provision | None = None) -> S:
        """Add the notices of fields that are left out, and return the store. `provision` is what is drawn of the wanted one."""
        place_of(store).give(*notices)
        if provision is not None:
            owner = name_of(store.credentials)
            store.as_drawn = AsDrawn(provision=provision, holder=store.facts.name, owner=owner)
        return store


def database_of(subject: Subject, database: str | None) -> str:
    """Return the name of a store's database. Default: its id, with ``_`` in place of ``-``."""
    return database or subject.id.replace("-", "_")


def login_of(subject: Subject, credentials: Credentials | None, *, also: str = "") -> Credentials:
    """Return the login of a store's callers. Raises `SpecError` where it is not set."""
    if credentials is None:
        raise SpecError(
            f"{subject.path}: credentials: not set, and native pods make no login; set credentials=Credentials(…){also}"
        )
    return credentials


def _missing(
    wanted: Provision, *, clusters: bool, dumps: bool, wants_none: bool, majority: bool
) -> Iterator[tuple[LeftOut, str]]:
    if wanted.instances is not None and wanted.instances > 1 and not clusters:
        yield "instances", f"have no fail-over and hold the data only once, got {wanted.instances} instances"
    if wanted.backup is not None and not dumps:
        yield "backup", "do not support backups"
    elif wanted.backup is not None and wants_none:
        yield "backup", "are not dumped to the bucket"
    elif wanted.backup is not None and not isinstance(wanted.backup.to, S3 | GoogleStorage | AzureBlob):
        yield "backup", "write dumps to a bucket (S3, GoogleStorage, AzureBlob) and nowhere else"
    if wanted.synchronous and not (majority and wanted.instances != 1):
        yield "synchronous", "have no second instance that could hold a transaction"
    if wanted.pooler is not None:
        yield "pooler", "have no pooler"
