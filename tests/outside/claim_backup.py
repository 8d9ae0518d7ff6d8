"""A job of a team's own: a backup of every claim of a workload, by Velero."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from kmop_constructs import Manifest, Schedule
from kmop_constructs.authors import Finding, Job, Kind, Rule, ServiceFacts, Synthesis, Tool

from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class ClaimBackup:
    """The intent of a spec: ``also=(ClaimBackup(schedule=…, keep=…),)``."""

    job: ClassVar[str] = "claim_backup"
    schedule: Schedule
    keep: timedelta = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class BackedUp:
    """The fact that others can read: the claims of a workload are backed up."""

    workload: str


class VeleroBackup(Manifest):
    """The provider: a Schedule of Velero for the pods of a workload."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: ClaimBackup) -> None:
        owner = service.owner
        assert owner is not None  # the workload is drawn first
        chosen: dict[str, object] = {"labelSelector": {"matchLabels": dict(owner.selector)}}
        if service.namespace is not None:
            chosen["includedNamespaces"] = [service.namespace]
        chosen["ttl"] = f"{intent.keep.total_seconds():.0f}s"
        super().__init__(
            scope,
            id,
            {
                "apiVersion": "velero.io/v1",
                "kind": "Schedule",
                "metadata": {"name": f"{service.namespace}-{service.name}", "namespace": "velero"},
                "spec": {"schedule": intent.schedule.cron, "template": chosen},
            },
            gives=(BackedUp(workload=service.path),),
        )


def claims_are_backed_up(synthesis: Synthesis) -> Iterator[Finding]:
    """The check: every StatefulSet with claims of its own is backed up."""
    backed_up = {fact.workload for fact in synthesis.facts(BackedUp)}
    for item in synthesis.objects:
        workload = item.path.rpartition("/")[0]
        if item.kind == "StatefulSet" and item.object["spec"].get("volumeClaimTemplates") and workload not in backed_up:
            message = "has claims without a backup; write also=(ClaimBackup(schedule=…),)"
            yield Finding(path=workload, rule="claim-without-backup", message=message)


VELERO = Tool(
    "velero",
    title="Velero",
    kinds=(Kind("velero.io", "Schedule", before="StatefulSet"),),
    rules=(Rule(id="claim-without-backup", reason="Data without a copy is lost.", check=claims_are_backed_up),),
)
CLAIM_BACKUP = Job("claim_backup", intent=ClaimBackup, provider=VeleroBackup)
