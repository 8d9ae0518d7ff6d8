"""Elasticsearch by the official image.

Facts of the image, from https://github.com/elastic/elasticsearch (distribution/docker/src/docker/Dockerfile and
bin/docker-entrypoint.sh): user 1000 and group 0, to which its files belong; variables with a dot in their name are
settings; it writes a keystore to ``config`` and logs to ``logs``, so ``config`` is copied to where it can. It reads
``ELASTIC_PASSWORD_FILE`` only from a file that only its owner can read, which a mounted Secret with a group for the
volumes never is, so the password is a variable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.base import ReadWriteVerbs
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.components.data.store_spec import ElasticsearchSpec
from kmop_constructs.components.data.technology import ELASTICSEARCH
from kmop_constructs.errors import UnsupportedError, bad
from kmop_constructs.providers.native.data.bitnami import TRANSPORT, bitnami_elasticsearch
from kmop_constructs.providers.native.data.logins import own_password
from kmop_constructs.providers.native.data.pod import Ids, PodOfImage, StoreArguments, check_arguments, settings_of
from kmop_constructs.providers.native.data.provider import NativeStoreProvider
from kmop_constructs.providers.native.data.store import NativeData, NativeDataOptions
from kmop_constructs.values.container import Container
from kmop_constructs.values.env import PodField
from kmop_constructs.values.ports import Port
from kmop_constructs.values.probes import Health, TcpSocket
from kmop_constructs.values.quantity import Cpu, Size, whole
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.volumes import EmptyDir

if TYPE_CHECKING:
    from kmop_constructs.components.data.base import StoreNames
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.env import EnvValue, SecretKey
    from kmop_constructs.values.image import Image
    from kmop_constructs.values.pods import Peer
    from kmop_constructs.workloads.platform import Platform
    from kmop_constructs.workloads.stateful import StatefulSpec

    from constructs import Construct

__all__ = ["NativeElasticsearch", "NativeElasticsearchProvider"]

GUESS = Resources(cpu=Cpu("500m"), memory=Size("2Gi"))
"""Elasticsearch uses half of the memory limit for its heap."""

HOME = "/usr/share/elasticsearch"
READINESS_PORT = 8080
"""The port is open while the node is ready
(https://www.elastic.co/guide/en/elasticsearch/reference/8.18/advanced-configuration.html, "Enable the Elasticsearch TCP
readiness port", from 8.2 on), so checks do not need the password."""

CONFIG = EmptyDir("config")


class NativeElasticsearch(NativeData, ReadWriteVerbs):
    """An Elasticsearch of one node, or of several without a login: ``search.read_write()`` is the edge for callers.

    One node has no fail-over: every drain is an outage, which the notice ``single-replica`` reports, and an index needs
    ``number_of_replicas: 0`` to be green. Several nodes (`replicas`) start at once and find each other; each may be a
    master and holds data. Files are not mapped into memory (``node.store.allow_mmap: false``), because that needs a
    higher ``vm.max_map_count`` on the Kubernetes nodes. After an administrator has raised ``vm.max_map_count``, set
    ``node.store.allow_mmap`` to true.
    """

    technology = ELASTICSEARCH

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: Image,
        storage: Size | None,
        password: SecretKey | None,
        replicas: int = 1,
        storage_class: str | None = None,
        resources: Resources | None = None,
        settings: Mapping[str, str] | None = None,
        options: NativeDataOptions | None = None,
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
        accepts: Sequence[Peer] = (),
    ) -> None:
        """Draw an Elasticsearch.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the store unless `options` set another. Do not change it later: the objects
                would be replaced.
            image: The official image, 8.2 or newer: ``Image("docker.elastic.co/elasticsearch/elasticsearch:8.18.0")``; or
                the image of Bitnami (`NativeDataOptions.image_profile`).
            storage: Size of each node's claim. Existing claims can only grow, and are changed one by one. ``None`` for data
                that is deleted with the pod.
            password: The password of the built-in superuser ``elastic``. Callers log in as this user unless they name
                another, which must be created through the API of Elasticsearch. ``None`` turns security off: every caller
                that the policies allow has full access.
            replicas: Number of nodes, an odd number, because a majority must be available. More than one node needs
                ``password=None``: the nodes of a secured cluster need certificates, which an operator makes. Default: one.
            storage_class: Name of the StorageClass. Immutable. Default: the default StorageClass of the cluster.
            resources: Requests and limits. Default: an estimate, with a notice.
            settings: Settings of ``elasticsearch.yml``, which override those of this class:
                ``{"action.auto_create_index": "false"}``. Default: none.
            options: Options of native pods. Default: `NativeDataOptions()`.
            platform: The platform that draws it. Default: the chart's platform, else `Platform()`.
            uses: Edges to what the store itself uses. Default: none.
            accepts: Callers that another repository builds. Default: none, only callers of this app.
        """
        where, wanted = check_arguments(
            scope,
            id,
            technology=ELASTICSEARCH,
            image=image,
            storage=storage,
            storage_class=storage_class,
            resources=resources,
            guess=GUESS,
            options=options,
            profiles=("official", "bitnami"),
        )
        whole(f"{where}: replicas", replicas, lowest=1)
        if replicas % 2 == 0:
            raise bad(
                f"{where}: replicas",
                "an even number, and half of it is no majority",
                replicas,
                "use one more or one less",
            )
        secured = wanted.profile == "bitnami" or replicas > 1
        if password is not None and secured:
            what = "Bitnami's image" if wanted.profile == "bitnami" else f"a cluster of {replicas} nodes"
            raise UnsupportedError(
                f"{where}: password: {what} with security needs certificates, which this provider does not make; write "
                "password=None, or use one node of the official image, or Elastic's operator (ECK)"
            )
        both = {
            "ingest.geoip.downloader.enabled": "false",
            "node.store.allow_mmap": "false",
            **settings_of(where, settings),
        }
        if wanted.profile == "bitnami":
            pod = bitnami_elasticsearch(wanted, both, replicas)
        else:
            held = None if password is None else own_password(where, "password", password)
            pod = _official(wanted, both, replicas, id, held)
        spec = wanted.spec(pod, replicas=replicas)
        super().__init__(
            scope,
            id,
            spec,
            database=None,
            credentials=None if password is None else Credentials(user="elastic", password=password),
            guessed=resources is None,
            platform=platform,
            uses=uses,
            accepts=accepts,
        )

    def _needs(self, spec: StatefulSpec) -> tuple[tuple[int, ...], str] | None:
        # https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/networking-settings (readiness.port)
        reads = any(port.number == READINESS_PORT and not port.exposed for port in spec.ports)
        return ((8, 2), "its checks use the readiness port") if reads else None


def _official(
    wanted: StoreArguments, settings: Mapping[str, str], replicas: int, cluster: str, password: SecretKey | None
) -> PodOfImage:
    ports = [
        Port(ELASTICSEARCH.port, name="http"),
        Port(READINESS_PORT, name="readiness", speaks="tcp", exposed=False),
    ]
    found: dict[str, EnvValue] = {"discovery.type": "single-node"}
    if replicas > 1:
        names = ",".join(f"{wanted.name}-{number}" for number in range(replicas))
        found = {"cluster.initial_master_nodes": names, "discovery.seed_hosts": wanted.peers}
        ports.append(Port(TRANSPORT, name="transport", speaks="tcp", exposed=False))
    copy = Container(
        "config",
        image=wanted.image,
        command=("cp", "-R", f"{HOME}/config/.", "/config/"),
        volumes={"/config": CONFIG},
        resources=Resources(cpu=Cpu("10m"), memory=Size("32Mi")),
    )
    return PodOfImage(
        ids=Ids(user=1000, group=0, fs_group=1000),
        ports=ports,
        data=f"{HOME}/data",
        folder="elasticsearch",
        scratch={f"{HOME}/config": CONFIG, f"{HOME}/logs": EmptyDir("logs")},
        env={
            "cluster.name": cluster,
            **found,
            "node.name": PodField("metadata.name"),
            "readiness.port": str(READINESS_PORT),
            "xpack.security.autoconfiguration.enabled": "false",
            "xpack.security.enabled": "false" if password is None else "true",
            **settings,
            **({} if password is None else {"ELASTIC_PASSWORD": password}),
        },
        health=Health(readiness=TcpSocket(port="readiness")),
        init_containers=[copy],
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeElasticsearchProvider(NativeStoreProvider):
    """Draws `Elasticsearch` as `NativeElasticsearch`. Default provider of a platform, without an operator.

    ``Platform(elasticsearch=NativeElasticsearchProvider(provision=Provision(storage=Size.gib(20))))``
    """

    technology = ELASTICSEARCH
    job = "elasticsearch"
    repository = "docker.elastic.co/elasticsearch/elasticsearch"

    def names(self, subject: Subject, spec: ElasticsearchSpec, /) -> StoreNames:
        """Return the names that callers will use."""
        credentials = None if spec.password is None else Credentials(user="elastic", password=spec.password)
        return self.store_names(subject, database=None, credentials=credentials)

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: ElasticsearchSpec, accepts: tuple[Peer, ...]
    ) -> NativeElasticsearch:
        """Draw the store. The platform calls this."""
        # The nodes of a cluster with a login need certificates, which this provider does not make.
        provision, notices = self.provisioned(subject, intent, clusters=intent.password is None)
        if intent.credentials is not None:
            why = "have the superuser alone, whose login is the field password"
            login = "let callers use the superuser"
            notices += self.without(subject, "credentials", why, "got a user of the application", login)
        store = NativeElasticsearch(
            scope,
            id,
            **self.in_pods(subject, intent, provision, accepts),
            storage=self.storage(subject, provision),
            password=intent.password,
            replicas=provision.instances or 1,
            settings=intent.settings,
        )
        return self.told(store, notices, provision)
