"""Images of operators and of the pods that they make, from the programs that are built here and from Debian."""

from __future__ import annotations

from pathlib import Path

from tools.operators.recipes import OPERATORS
from tools.real_nodes import added
from tools.real_nodes.binaries import NodeBinaries, archive
from tools.real_nodes.images import USERS, Image

POSTGRES_USER = 26
"""User of the images of CloudNativePG (https://cloudnative-pg.io/documentation/1.30/container_images/)."""

POOLER_USER, POOLER_GROUP = 998, 996
"""User and group of poolers
(https://github.com/cloudnative-pg/cloudnative-pg/blob/v1.30.0/pkg/specs/pgbouncer/deployments.go)."""


def missing(*operators: str) -> str | None:
    """Why the images of operators cannot be made here; none where they can."""
    for name in operators:
        if OPERATORS[name].recipe.built() is None:
            return f"{name}: not built; run `make node-operators`"
    return None if added.layers().is_dir() else "the layers for operators: not built; run `make nodes`"


def cloudnativepg(binaries: NodeBinaries, folder: Path) -> dict[str, Image]:
    """CloudNativePG, its instances with Debian's PostgreSQL 15, its poolers, and its plugin for copies, by the last part of their names."""
    users = USERS + f"postgres:x:{POSTGRES_USER}:{POSTGRES_USER}:postgres:/var/lib/postgresql:/bin/sh\n"
    manager = _program(OPERATORS["cloudnativepg"].find("manager"), folder)
    plugin = _program(OPERATORS["barman_cloud"].find("manager"), folder / "plugin")
    path = "PATH=/usr/local/bin:/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    def with_shell(*layers: str | Path) -> Image:
        shell = binaries.layers / "shell.tar.gz"
        return {
            "layers": [str(shell), *map(str, layers)],
            "files": {"/etc/passwd": users},
            "directories": ["/tmp"],
            "entrypoint": ["/bin/sh"],
            "user": str(POSTGRES_USER),
            "env": [path, "LANG=C.UTF-8"],
        }

    return {
        # It copies itself into pods from the folder `operator` (its Dockerfile).
        "cloudnative-pg": {
            "layers": [str(manager)],
            "links": {"/operator/manager_amd64": "/manager"},
            "entrypoint": ["/manager"],
            "user": "65532",
        },
        "postgresql": with_shell(binaries.layers / "postgres.tar.gz"),
        "pgbouncer": {
            "layers": [str(added.layers() / "pgbouncer.tar.gz")],
            "links": {"/usr/bin/pgbouncer": "/usr/sbin/pgbouncer"},
            "entrypoint": ["/usr/bin/pgbouncer"],
            "files": {"/etc/passwd": f"pgbouncer:x:{POOLER_USER}:{POOLER_GROUP}:pgbouncer:/tmp:/bin/false\n"},
            "directories": ["/tmp"],
            "user": str(POOLER_USER),
        },
        "plugin-barman-cloud": {"layers": [str(plugin)], "entrypoint": ["/manager"], "user": "65532"},
        "plugin-barman-cloud-sidecar": {
            **with_shell(added.layers() / "barman.tar.gz", plugin),
            "entrypoint": ["/manager"],
        },
    }


def object_store(binaries: NodeBinaries, folder: Path) -> dict[str, Image]:
    """Versity S3 Gateway, which keeps objects as files (https://github.com/versity/versitygw), and rclone, which copies files to it."""
    program = _program(OPERATORS["versitygw"].find("versitygw"), folder)
    copier = [str(binaries.layers / "shell.tar.gz"), str(added.layers() / "rclone.tar.gz")]
    return {
        "versitygw": {
            "layers": [str(program)],
            "entrypoint": ["/versitygw"],
            "user": "65532",
            "directories": ["/tmp"],
        },
        "rclone": {
            "layers": copier,
            "entrypoint": ["/usr/bin/rclone"],
            "files": {"/etc/passwd": USERS},
            "directories": ["/tmp"],
        },
    }


def _program(program: Path, folder: Path) -> Path:
    """A layer with one program at its root."""
    folder.mkdir(exist_ok=True)
    target = folder / f"{program.name}.tar.gz"
    archive(target, program.parent, program.name)
    return target
