"""Work that ends: once for each version, and every night.

Look at the name of the Job: it ends with a hash of its pods, so that another image is another Job, which runs once.
The CronJob starts no run while the last one has not ended.
"""

from datetime import timedelta

from kmop_constructs import Image, KmopChart, Schedule, ScheduledTask, ScheduledTaskSpec, Task, TaskSpec

from cdk8s import App

IMPORT = TaskSpec(image=Image("ghcr.io/acme/import:2.0.0"), args=("--catalog",))
REPORT = ScheduledTaskSpec(
    image=Image("ghcr.io/acme/report:0.9.4"),
    schedule=Schedule("0 3 * * *", time_zone="Etc/UTC"),
    deadline=timedelta(hours=1),
)


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    Task(chart, "import", IMPORT)
    ScheduledTask(chart, "report", REPORT)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
