"""What the operator cannot do is an error with the path, the field and what to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmop_constructs import Backup, Image, Provision, Redis, RedisSpec, Schedule, SpecError, UnsupportedError
from kmop_constructs.providers.redis_operator import OpsTreeRedis
from kmop_constructs.stores import S3, Pooler
from kmop_constructs.values.certificate import ServiceCertificate
from tests.providers.redis_operator.caches import PROVISION, SESSIONS, drawn, provision, shop, spec

import pytest
from cdk8s import App

COPIES = Backup(schedule=Schedule("0 2 * * *"), keep=timedelta(days=14), to=S3("acme-backups"))


@pytest.mark.parametrize(
    ("form", "given", "provided", "message"),
    [
        ("sentinel", SESSIONS, Provision(), "shop/sessions: provision.storage: not set"),
        ("sentinel", spec(version="7.0"), PROVISION, "shop/sessions: version: not a full version from 7.0 on"),
        ("sentinel", spec(version="6.2.14"), PROVISION, "shop/sessions: version: not a full version from 7.0 on"),
        ("standalone", SESSIONS, provision(instances=2), "shop/sessions: provision.instances: more than the one"),
        ("sentinel", SESSIONS, provision(instances=1), "shop/sessions: provision.instances: too few for the form"),
        ("cluster", SESSIONS, provision(instances=1), "shop/sessions: provision.instances: too few for the form"),
        ("sentinel", SESSIONS, provision(synchronous=True), "shop/sessions: provision.synchronous: Redis acknowledges"),
        ("sentinel", SESSIONS, provision(pooler=Pooler()), "shop/sessions: provision.pooler: Redis has none"),
        (
            "sentinel",
            SESSIONS,
            provision(backup=COPIES),
            "shop/sessions: provision.backup: the operator makes no copies",
        ),
        ("sentinel", spec(settings={"A b": "1"}), PROVISION, "shop/sessions: settings: not the name of a setting"),
        (
            "sentinel",
            spec(settings={"user": "app on >hunter2"}),
            PROVISION,
            "shop/sessions: settings: 'user' holds passwords",
        ),
        ("sentinel", spec(settings={"port": "1"}), PROVISION, "shop/sessions: settings: set by the operator itself"),
        (
            "sentinel",
            spec(settings={"tls-port": "1"}),
            PROVISION,
            "shop/sessions: settings: set by the operator itself",
        ),
        (
            "sentinel",
            spec(settings={"timeout": "1\nrequirepass x"}),
            PROVISION,
            "shop/sessions: settings: 'timeout' has more than one line",
        ),
    ],
)
def test_what_the_operator_cannot_do_is_an_error(
    app: App, form: str, given: RedisSpec, provided: Provision, message: str
) -> None:
    with pytest.raises(SpecError) as raised:
        Redis(shop(app, form, provided), "sessions", given)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("more", "because"),
    [
        ({"leaves_out": ("backup",)}, "as leaves_out of the platform's provider says"),
        ({"accepts_missing": {"backup": "Velero copies the volumes"}}, "because Velero copies the volumes"),
    ],
)
def test_a_backup_is_left_out_by_a_word(
    app: App, caplog: pytest.LogCaptureFixture, more: dict[str, Any], because: str
) -> None:
    Redis(shop(app, "sentinel", provision(backup=COPIES), **more), "sessions", SESSIONS)
    drawn(app)
    assert [each for each in caplog.messages if "[left-out]" in each and because in each]


def test_a_name_too_long_for_its_pods_is_an_error(app: App) -> None:
    with pytest.raises(SpecError, match="name: too long for the StatefulSets of the operator"):
        Redis(shop(app), "a" * 44, SESSIONS)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"form": "replica"}, r"OpsTreeRedis\.form"),
        ({"shards": 3}, r"OpsTreeRedis\.shards: has no effect with the form 'sentinel'"),
        ({"form": "cluster", "shards": 2}, r"OpsTreeRedis\.shards"),
        ({"certificate": ServiceCertificate(path="/etc/redis")}, r"OpsTreeRedis\.certificate\.path: has no effect"),
        ({"certificate": ServiceCertificate(mode=0o440)}, r"OpsTreeRedis\.certificate\.mode: has no effect"),
        ({"images": {"7.0.15": "redis:7"}}, r"OpsTreeRedis\.images\['7\.0\.15'\]"),
        ({"sentinel_images": {"7.0.15": "redis:7"}}, r"OpsTreeRedis\.sentinel_images\['7\.0\.15'\]"),
        ({"exporter": "exporter:1"}, r"OpsTreeRedis\.exporter"),
        ({"leaves_out": ("instances",)}, r"OpsTreeRedis\.leaves_out"),
    ],
)
def test_a_wrong_provider_is_an_error(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        OpsTreeRedis(**wrong)


def test_a_certificate_needs_a_provider(app: App) -> None:
    with pytest.raises(UnsupportedError, match="shop/sessions: certificate.secret: not set"):
        Redis(shop(app, certificate=ServiceCertificate()), "sessions", SESSIONS)


def test_an_exporter_is_an_image() -> None:
    assert OpsTreeRedis(exporter=Image("a:1")).exporter == Image("a:1")
