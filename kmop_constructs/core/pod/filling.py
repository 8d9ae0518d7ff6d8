"""Files with secrets in them, created when a pod starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.errors import ConflictError, SpecError
from kmop_constructs.values.container import Container
from kmop_constructs.values.env import ConfigKey
from kmop_constructs.values.files import FileSource
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.security import Security
from kmop_constructs.values.volumes import EmptyDir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kmop_constructs.values.env import EnvValue
    from kmop_constructs.values.files import FileTemplate

__all__ = ["FILLED", "filling"]

FILLED = EmptyDir("filled-files", memory=True)
"""Directory of the finished files, in memory and never on a disk."""

_SCRIPT = """\
set -eu
for each in "$@"; do
  key=${each%%=*} names=" ${each#*=} "
  awk -v names="$names" '{
    done = ""; rest = $0
    while (match(rest, /[$][{][A-Za-z_][A-Za-z0-9_]*[}]/)) {
      name = substr(rest, RSTART + 2, RLENGTH - 3)
      value = index(names, " " name " ") ? ENVIRON[name] : substr(rest, RSTART, RLENGTH)
      done = done substr(rest, 1, RSTART - 1) value
      rest = substr(rest, RSTART + RLENGTH)
    }
    print done rest
  }' "/templates/$key" > "/filled/$key"
done
"""
"""Script for POSIX sh and awk. It reads the values from the environment, so no argument holds them and no shell expands them."""

_NO_LINE_END = "-"
"""Last of the names of a template whose text does not end with a line end. No name of a variable is a hyphen."""
_EXACT_SCRIPT = _SCRIPT.replace(
    "    print done rest\n  }'",
    f"""    printf "%s%s", (NR > 1 ? "\\n" : ""), done rest
  }} END {{ if (!index(names, " {_NO_LINE_END} ")) print "" }}'""",
)
"""The same, for templates of which one does not end with a line end: awk's ``print`` always writes one."""


def filling(
    where: str,
    templates: Mapping[str, FileTemplate],
    files_name: str,
    *,
    run_as_user: int | None,
    run_as_group: int | None,
) -> Container:
    """Return the container that fills in templates. Each template has a key in the ConfigMap of the service."""
    values: dict[str, EnvValue] = {}
    for template in templates.values():
        for name, value in template.values.items():
            if values.setdefault(name, value) != value:
                raise ConflictError(
                    f"{where}: files: two templates set ${{{name}}} to different values; rename one of them"
                )
    images = {template.image for template in templates.values()}
    if len(images) > 1:
        named = ", ".join(sorted(image.reference for image in images))
        raise SpecError(f"{where}: files: templates use several images, got {named}; use one image for all of them")
    exact = all(template.text.endswith("\n") for template in templates.values())
    sources: dict[str, FileSource] = {f"/templates/{key}": ConfigKey(files_name, key) for key in templates}
    return Container(
        "fill-files",
        image=images.pop(),
        command=("sh", "-c", _SCRIPT if exact else _EXACT_SCRIPT, "fill-files"),
        args=tuple(f"{key}={_names(templates[key])}" for key in sorted(templates)),
        env=dict(sorted(values.items())),
        files=sources,
        volumes={"/filled": FILLED},
        resources=Resources(cpu=Cpu("10m"), memory=Size("16Mi")),
        security=Security(
            run_as_user=run_as_user, run_as_group=run_as_group, allow_root=run_as_user == 0, writable_tmp=False
        ),
    )


def _names(template: FileTemplate) -> str:
    names = sorted(template.values)
    return " ".join(names if template.text.endswith("\n") else [*names, _NO_LINE_END])
