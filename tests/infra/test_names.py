"""Names that settings, projects and stacks give to resources are ones that AWS and
Kubernetes accept, however long they are."""

import json
import re
from collections.abc import Callable
from typing import Any

import name_limits
import pytest
import registration
from configuration import InvalidSettings, describe
from groundplan.manifest.model import Manifest
from groundplan.testing import deploy

ADMINISTRATOR = "arn:aws:iam::123456789012:role/platform"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4"
ARCHIVE = {"modelData": "models/a/1/model.tar.gz"}
ENDPOINT = {"image": IMAGE, "instanceType": "ml.m5.large", **ARCHIVE}
SERVICE = {"image": IMAGE, **ARCHIVE, "metrics": {}, "scaling": {"max": 4}}
GPU = {"gpu": {"instanceType": "g5.xlarge", "maxSize": 2}}
JWT = {"jwt": {"issuer": "https://i.example.com", "jwksEndpoint": "https://i.example.com/keys"}}
INGRESS = {
    "host": "a.example.com",
    "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0",
    "fromNetworks": ["10.0.0.0/16"],
    "authentication": JWT,
}
CHECKS = {
    "baselineKey": "baselines/churn.json",
    "layerArns": ["arn:aws:lambda:us-east-1:123456789012:layer:statistics:1"],
}
TARGET = {"arn": "arn:aws:sns:us-east-1:123456789012:a", "tagNames": ["production"]}
PIPELINE = {
    "dataset": "a",
    "inputs": {"raw": "raw/"},
    "glue": {"script": "examples/data-pipeline/clicks.py", "network": {}},
    "triggers": {"objects": True, "datasets": ["b:latest"], "scheduleExpression": "rate(1 day)"},
    "quality": {"columns": {"id": {"unique": True}}},
}
TABLES = {"tables": {"clicks": {"columns": {"id": "string"}}}}
CANARY = {"percent": 33, "image": IMAGE.replace("1.4", "1.5")}


def training(**args: Any) -> dict[str, Any]:
    return {"training": {"administrators": [ADMINISTRATOR], "pools": GPU, **args}}


KINDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "endpoint": lambda name: {"endpoints": {name: ENDPOINT}},
    "queue": lambda name: {"endpoints": {name: {**ENDPOINT, "asynchronous": {}}}},
    "shadow": lambda name: {"endpoints": {name: {**ENDPOINT, "shadow": {"image": IMAGE}}}},
    "endpoint's name": lambda name: {"endpoints": {"a": {**ENDPOINT, "endpointName": name}}},
    "named endpoint": lambda name: {"endpoints": {name: {**ENDPOINT, "endpointName": "a"}}},
    "checked endpoint": lambda name: {
        "endpoints": {name: ENDPOINT},
        "modelMonitoring": {name: CHECKS},
    },
    "variant": lambda name: {
        "endpoints": {
            "churn": {
                "instanceType": "ml.m5.large",
                "variants": {name: {"image": IMAGE}, "b": {"image": IMAGE}},
            }
        }
    },
    "service": lambda name: {
        **training(),
        "services": {name: {**SERVICE, "ingress": INGRESS, "canary": CANARY}},
    },
    "named service": lambda name: {
        **training(),
        "services": {name: {**SERVICE, "endpointName": "a"}},
    },
    "pool": lambda name: training(pools={name: {**GPU["gpu"], "prefetch": ["docker.io/a/b:1"]}}),
    "karpenter": lambda name: training(pools={name: {**GPU["gpu"], "provisioner": "karpenter"}}),
    "team": lambda name: training(teams={name: {"members": ["x"]}}, volumeDrivers=["s3"]),
    "file system": lambda name: training(teams={"t": {}}, fileSystems={name: {}}),
    "cluster": lambda name: training(clusterName=name, privateAccessCidrs=["10.9.0.0/16"]),
    "group": lambda name: {"models": {"groups": {name: {"readAccounts": ["210987654321"]}}}},
    "repository": lambda name: {"images": {"repositories": [name]}},
    "subscriber": lambda name: {
        "monitoring": {"subscribers": {name: {"protocol": "email", "endpoint": "a@example.com"}}}
    },
    "dataset": lambda name: {"datasets": {"sets": {name: {"targets": {"t": TARGET}}}}},
    "pipeline": lambda name: {
        "datasets": {"sets": {"a": {}, "b": {}}},
        "pipelines": {name: PIPELINE},
    },
    "log group": lambda name: {"monitoring": {"logGroups": {name: {}}}},
}


def described(sections: dict[str, Any], project: str = "groundplan", stack: str = "test") -> Any:
    values = {f"{project}:{key}": json.dumps(value) for key, value in sections.items()}
    return describe(project, stack, {"aws:region": "us-east-1", **values})


def is_accepted(sections: dict[str, Any]) -> bool:
    try:
        described(sections)
    except InvalidSettings:
        return False
    return True


def registered(sections: dict[str, Any], project: str, stack: str) -> Manifest:
    return deploy(
        lambda: registration.register(described(sections, project, stack)),
        project=project,
        stack=stack,
        region="us-east-1",
    ).manifest


@pytest.mark.parametrize("kind", KINDS)
def test_the_longest_name_that_is_accepted_is_no_longer_than_its_resources_may_be(
    kind: str,
) -> None:
    lengths = (260, 120, 100, 63, *range(60, 0, -1))
    longest = next(n for n in lengths if is_accepted(KINDS[kind]("a" * n)))
    manifest = registered(KINDS[kind]("a" * longest), "groundplan", "test")
    assert list(name_limits.too_long(manifest)) == []


def test_a_service_that_is_too_long_for_its_role_is_named() -> None:
    for own in ({}, {"endpointName": "a"}):
        with pytest.raises(InvalidSettings) as caught:
            described({**training(), "services": {"a" * 50: {**SERVICE, **own}}})
        (problem,) = caught.value.problems
        assert problem.key == f"groundplan:services.{'a' * 50}"
        assert "at most 49 characters" in problem.allowed


@pytest.mark.parametrize(
    ("project", "stack"), [("p" * 40, "s" * 40), ("p" * 100, "s" * 100), ("ml.team", "prod.eu_1")]
)
def test_projects_and_stacks_can_have_any_name_that_pulumi_allows(project: str, stack: str) -> None:
    sections = {
        **training(clusterName="ml", teams={"t": {}}, fileSystems={"scratch": {}}),
        "images": {"repositories": ["a"], "prefix": "ml/", "pullThrough": {"quay": {}}},
        "models": {"prefix": "ml-", "groups": {"churn": {}}},
        "endpoints": {"churn": {**ENDPOINT, "endpointName": "churn"}},
        "services": {"chat": SERVICE},
        "monitoring": {"logGroups": {"a": {}}},
        "datasets": {"sets": {"a": {}, "b": {}}},
        "pipelines": {"clicks": {**PIPELINE, "catalog": TABLES}},
        "tracking": {"server": "cluster"},
    }
    manifest = registered(sections, project, stack)
    assert list(name_limits.too_long(manifest)) == []
    patterns = {
        ("aws:kms/alias:Alias", "name"): r"alias/[A-Za-z0-9/_-]+",
        ("aws:cloudwatch/dashboard:Dashboard", "dashboardName"): r"[A-Za-z0-9_-]+",
        ("aws:glue/catalogDatabase:CatalogDatabase", "name"): r"[a-z0-9_]{1,255}",
        ("aws:rds/instance:Instance", "finalSnapshotIdentifier"): r"[A-Za-z](-?[A-Za-z0-9])*",
        ("aws:cloudwatch/logGroup:LogGroup", "name"): r"[A-Za-z0-9._/#-]+",
    }
    for (kind, key), pattern in patterns.items():
        found = [r.inputs[key] for r in manifest.resources if r.type == kind and key in r.inputs]
        # A part that is another resource's name is Pulumi's.
        names = [re.sub(r"\$\{[^}]+\}", "x", name) for name in found]
        assert names or kind.startswith("aws:rds")
        assert [name for name in names if not re.fullmatch(pattern, name)] == []
