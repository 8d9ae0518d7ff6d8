"""A network of our own: only a process and its children are on it, and it leads nowhere.

Operators listen on fixed ports, and some call out. In a network namespace two runs do not meet, and nothing leaves the
machine. Linux only; needs `unshare` and `ip`, and root or user namespaces.
"""

from __future__ import annotations

import os
import shutil
import subprocess

INSIDE = "KMOP_OWN_NETWORK"
"""A variable that is set inside of one."""

# kube-apiserver refuses to start without a default route, from which it takes the address that it advertises. Every
# address of a simulated pod is this machine, so that a stand-in can answer for it.
PREPARE = """
ip link set lo up
ip addr add 192.0.2.1/24 dev lo
ip route add default via 192.0.2.1 dev lo
ip route add local 10.0.0.0/8 dev lo
ip route add unreachable 10.66.0.0/16 table local
exec "$@"
"""
WAYS = (("unshare", "--net"), ("unshare", "--user", "--map-root-user", "--net"))


def inside() -> bool:
    return INSIDE in os.environ


def command() -> list[str] | None:
    """What to write before a command to run it in a network of its own; None where that is not possible."""
    if not all(map(shutil.which, ("unshare", "ip"))):
        return None
    for way in WAYS:
        wrapped = [*way, "sh", "-eu", "-c", PREPARE, "sh"]
        if subprocess.run([*wrapped, "true"], capture_output=True, check=False).returncode == 0:
            return wrapped
    return None


def environment() -> dict[str, str]:
    """For a command in a network of its own."""
    return {**os.environ, INSIDE: "yes"}
