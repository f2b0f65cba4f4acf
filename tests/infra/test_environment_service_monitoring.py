"""The checks of services: wired to what the service captures, and to its store."""

import json
from typing import Any

import pytest
import registration
from configuration import InvalidSettings, describe
from groundplan.testing import Plan, deploy

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/monitoring:1"
STORE = {"bucketName": "ml", "endpointUrl": "https://minio.example.com", "secret": "store"}
TRAINING: dict[str, Any] = {
    "administrators": ["arn:aws:iam::123456789012:role/ml"],
    "pools": {"cpu": {"instanceType": "m6i.xlarge", "maxSize": 2}},
}
SERVICE: dict[str, Any] = {
    "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/ranking:1",
    "capture": {"image": IMAGE, "prefix": "asked/"},
}
CHECKS: dict[str, Any] = {"image": IMAGE, "baselineKey": "baselines/ranking.json"}


def settings(service: dict[str, Any], checks: dict[str, Any], name: str = "ranking") -> Any:
    sections = {
        "training": TRAINING,
        "services": {"ranking": service},
        "serviceMonitoring": {name: checks},
        "monitoring": {"runbooksUrl": "https://example.com/runbooks"},
    }
    values = {f"groundplan:{key}": json.dumps(value) for key, value in sections.items()}
    return describe("groundplan", "test", {"aws:region": "us-east-1", **values})


def environment(service: dict[str, Any], checks: dict[str, Any]) -> Plan:
    described = settings(service, checks)
    return deploy(lambda: registration.register(described), region="us-east-1")


def collector(plan: Plan) -> Any:
    pod = plan.one("kubernetes:apps/v1:Deployment", "ranking-deployment").inputs["spec"]
    sidecars = pod["template"]["spec"]["initContainers"]
    return next(container for container in sidecars if container["name"] == "collector")


def job(plan: Plan) -> Any:
    map_ = plan.one("kubernetes:core/v1:ConfigMap", "ranking-checks-settings")
    return json.loads(map_.inputs["data"]["settings.json"])["job"]


def test_the_checks_read_where_the_service_captures() -> None:
    plan = environment(SERVICE, CHECKS)
    assert job(plan)["captures"] == collector(plan)["args"][0]
    assert job(plan)["captures"].endswith("/asked/ranking/stable")
    rules = plan.one("kubernetes:monitoring.coreos.com/v1:PrometheusRule", "ranking-checks-alerts")
    first = rules.inputs["spec"]["groups"][0]["rules"][0]
    assert first["annotations"]["runbook_url"] == "https://example.com/runbooks/model-drift.md"


def test_checks_read_the_store_of_the_service() -> None:
    service = {
        **SERVICE,
        "namespace": "ranking",
        "capture": {"image": IMAGE, "objectStore": STORE},
        "prometheus": False,
    }
    plan = environment(service, CHECKS)
    assert job(plan)["captures"] == collector(plan)["args"][0] == "s3://ml/capture/ranking/stable"
    job_ = plan.one("kubernetes:batch/v1:CronJob", "ranking-checks-checks")
    assert job_.inputs["metadata"]["namespace"] == "ranking"
    assert "ranking-checks-exporter" not in plan.all("kubernetes:apps/v1:Deployment")


@pytest.mark.parametrize(
    ("service", "checks", "name", "key"),
    [
        ({"image": IMAGE}, CHECKS, "ranking", "serviceMonitoring.ranking"),
        (SERVICE, CHECKS, "other", "serviceMonitoring.other"),
        (SERVICE, {**CHECKS, "variant": "canary"}, "ranking", "serviceMonitoring.ranking.variant"),
        (
            SERVICE,
            {**CHECKS, "resultPrefix": "asked/results/"},
            "ranking",
            "services.ranking.capture.prefix",
        ),
    ],
)
def test_checks_that_would_find_nothing_are_refused(
    service: dict[str, Any], checks: dict[str, Any], name: str, key: str
) -> None:
    with pytest.raises(InvalidSettings) as caught:
        settings(service, checks, name)
    assert f"groundplan:{key}" in str(caught.value)
