"""What every Camunda 8 service says: its user, its checks, its credentials, its configuration files."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from kmop_constructs import (
    Cpu,
    Health,
    HttpGet,
    LocalFile,
    NativeConfig,
    ProbeTiming,
    Resources,
    SecretKey,
    Security,
    Size,
    TcpSocket,
)
from kmop_constructs.authors import Edge

from constructs import Construct

CREDENTIALS = "camunda-credentials"
"""The Secret of every password and client token. Somebody else makes it."""

USER_1001 = Security(run_as_user=1001, run_as_group=1001, fs_group=1001)
"""The user of the images of Camunda 8 and Bitnami."""

IN_POD_OF_1001 = replace(USER_1001, fs_group=None)
"""The same for a container beside the main one: a group of volumes is the pod's to say."""

SCRIPT = 0o754
FILES = Path(__file__).parent / "config"


def credential(key: str) -> SecretKey:
    return SecretKey(CREDENTIALS, key, external=True)


def sized(cpu: Cpu, memory: Size, memory_limit: Size) -> Resources:
    return Resources(cpu=cpu, memory=memory, memory_limit=memory_limit, ephemeral_storage_limit=Size.gib(2))


ONE_CORE = sized(Cpu("1"), Size.gib(1), Size.gib(2))


def answers(path: str, *, port: str | None = None, first_after: timedelta = timedelta(0)) -> HttpGet:
    """A check as Camunda's chart times it."""
    period, timeout = timedelta(seconds=30), timedelta(seconds=1)
    return HttpGet(
        path, port=port, timing=ProbeTiming(period=period, timeout=timeout, failures=5, initial_delay=first_after)
    )


def ready(path: str, *, port: str | None = None) -> Health:
    """Ready when it says so. It has started when it listens: being ready depends on other services."""
    return Health(readiness=answers(path, port=port), startup=TcpSocket())


def configuration(scope: Construct, name: str, files: Mapping[str, str], *, mode: int | None = None) -> list[Edge]:
    """A ConfigMap of local files, and each of them at its path. A key is named like the file in the container."""
    keys = {at: at.rpartition("/")[2] for at in files}
    config = NativeConfig(scope, name, data={keys[at]: LocalFile(FILES / file) for at, file in files.items()})
    return [config.file(key, at=at, mode=mode) for at, key in keys.items()]


def document_store(scope: Construct) -> Edge:
    """Where documents of a process are kept: in memory, until a bucket is named."""
    config = NativeConfig(
        scope,
        "camunda-camunda-platform-documentstore-env-vars",
        data={
            "DOCUMENT_DEFAULT_STORE_ID": "inmemory",
            "DOCUMENT_STORE_INMEMORY_CLASS": "io.camunda.document.store.inmemory.InMemoryDocumentStoreProvider",
        },
    )
    return config.all_as_env()
