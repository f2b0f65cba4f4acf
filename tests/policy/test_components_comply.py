"""The library complies with its own rules: each component in minimal and full use, and
the environments of this repository. What remains is listed with its reason. None of it
is high or critical."""

import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from environments import manifests
from groundplan import (
    ArtifactBucket,
    CiAccess,
    EncryptionKey,
    LogBucket,
    ModelEndpoint,
    MonitoringStack,
    NatGateways,
    Network,
    ObjectLockMode,
    RolloutStrategy,
    SubscriberProtocol,
    TrainingCluster,
)
from groundplan.manifest.model import Manifest
from groundplan.policy.check import check
from groundplan.policy.finding import Severity
from groundplan.policy.settings_lines import Places
from groundplan.testing import deploy

ROOT = pathlib.Path(__file__).parents[2]
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
PLACED: Any = {
    "private_subnet_ids": ["subnet-a", "subnet-b"],
    "administrators": ["arn:aws:iam::123456789012:role/ml-platform"],
}

Remaining = Mapping[tuple[str, str], str]
"""(rule, resource) -> why it may remain."""


def full_bucket() -> None:
    bucket = ArtifactBucket(
        "artifacts",
        {
            "replication": {"bucket_arn": "arn:aws:s3:::copies", "kms_key_arn": KEY},
            "object_lock": {"mode": ObjectLockMode.GOVERNANCE, "days": 30},
            "lifecycle": {"noncurrent_days": 30},
            "access_logs": {"retention_days": 30},
            "policy_statements": [
                {
                    "Sid": "ReadFromOrganization",
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": "s3:GetObject",
                    "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}},
                }
            ],
        },
    )
    EncryptionKey("beside", {"services": ["sns", "logs", "events"]})
    LogBucket("logs", {"source_bucket_arn": bucket.bucket_arn})


def minimal_endpoint() -> None:
    ModelEndpoint("churn", {"image": IMAGE, "instance_type": "ml.m5.large"})


def full_endpoint() -> None:
    bucket = ArtifactBucket("artifacts")
    logs = EncryptionKey("logs", {"services": ["logs"]})
    ModelEndpoint(
        "churn",
        {
            "image": IMAGE,
            "model_data": "models/churn/1/model.tar.gz",
            "artifacts": bucket.access,
            "environment": {"LOG_LEVEL": "info", "MAX_TOTAL_TOKENS": "4096"},
            "instance_type": "ml.m5.xlarge",
            "instance_count": 4,
            "scaling": {"max_instances": 8},
            "rollout": {"strategy": RolloutStrategy.LINEAR},
            "capture": {"percent": 20},
            "network": {"vpc_id": "vpc-1", "subnet_ids": ["subnet-a", "subnet-b"]},
            "network_isolation": False,
            "kms_key_arn": KEY,
            "log_kms_key_arn": logs.arn,
        },
    )


def full_network() -> None:
    Network(
        "network",
        {"nat_gateways": NatGateways.NONE, "flow_logs": {"retention_days": 30}, "zone_count": 4},
    )


def full_cluster() -> None:
    more = {
        "vpc_id": "vpc-1",
        "public_access_cidrs": ["203.0.113.0/24"],
        "private_access_cidrs": ["10.0.0.0/8"],
        "pools": {"gpu": {"instance_type": "g5.xlarge", "max_size": 2}},
    }
    TrainingCluster("training", PLACED | more)


def full_monitoring() -> None:
    provider = kubernetes.Provider("cluster", kubeconfig="{}")
    args: Any = {
        "subscribers": {
            "on-call": {"protocol": SubscriberProtocol.EMAIL, "endpoint": "on-call@example.com"}
        },
        "endpoints": {
            "churn": {
                "endpoint_name": "churn",
                "instance_type": "ml.m5.large",
                "min_invocations_per_hour": 1,
            }
        },
        "cluster": {"cluster_name": "training"},
        "network": {"nat_gateway_ids": ["nat-1"]},
        "buckets": {"artifacts": "artifacts"},
        "log_groups": {"training": {"retention_days": 30}},
    }
    MonitoringStack("monitoring", args, pulumi.ResourceOptions(providers=[provider]))


PROGRAMS: Mapping[str, tuple[Callable[[], object], Remaining]] = {
    "a minimal key": (lambda: EncryptionKey("key"), {}),
    "a minimal bucket": (lambda: ArtifactBucket("artifacts"), {}),
    "a full bucket": (full_bucket, {}),
    "a minimal log bucket": (
        lambda: LogBucket("logs", {"source_bucket_arn": "arn:aws:s3:::data"}),
        {},
    ),
    "a minimal endpoint": (minimal_endpoint, {}),
    "a full endpoint": (full_endpoint, {}),
    "the access of pipelines": (
        lambda: CiAccess("ci", {"github": {"repository": "octo-org/octo-repo"}}),
        {("policy-without-wildcards", "ci-deploy-0"): "limited by the permissions boundary"},
    ),
    "a minimal network": (lambda: Network("network"), {}),
    "a full network": (full_network, {}),
    "a minimal cluster": (lambda: TrainingCluster("training", PLACED), {}),
    "a full cluster": (full_cluster, {}),
    "a minimal monitoring stack": (lambda: MonitoringStack("monitoring"), {}),
    "a full monitoring stack": (full_monitoring, {}),
}

SCRATCH = "dev is a scratch environment: deletionProtection is false, so that it can be destroyed"
ENVIRONMENTS: Mapping[str, Remaining] = {
    "dev": {
        ("data-protected", "artifacts-bucket"): SCRATCH,
        ("data-protected", "artifacts-key-key"): SCRATCH,
        ("data-protected", "artifacts-logs-bucket"): SCRATCH,
        ("data-protected", "churn-key-key"): SCRATCH,
        ("data-protected", "monitoring-key-key"): SCRATCH,
        ("data-protected", "network-flow-logs-key"): SCRATCH,
        ("data-protected", "training-key-key"): SCRATCH,
    },
    "prod": {},
}


def environment(stack: str) -> Manifest:
    return manifests()[stack]


def assert_only_remains(manifest: Manifest, remaining: Remaining) -> None:
    findings = check(manifest)
    grave = [
        (f.rule, f.reason) for f in findings if f.severity in (Severity.CRITICAL, Severity.HIGH)
    ]
    assert grave == []
    assert sorted((f.rule, f.urn.rsplit("::", 1)[-1]) for f in findings) == sorted(remaining)
    assert all(remaining.values())


@pytest.mark.parametrize("use", PROGRAMS)
def test_a_component_keeps_the_rules(use: str) -> None:
    program, remaining = PROGRAMS[use]
    assert_only_remains(deploy(program).manifest, remaining)


@pytest.mark.parametrize("stack", ENVIRONMENTS)
def test_an_environment_keeps_the_rules(stack: str) -> None:
    assert_only_remains(environment(stack), ENVIRONMENTS[stack])


@pytest.mark.parametrize("stack", ENVIRONMENTS)
def test_each_finding_leads_to_the_settings_of_its_component(stack: str) -> None:
    file = ROOT / f"Pulumi.{stack}.yaml"
    manifest = environment(stack)
    lines = file.read_text().splitlines()
    places = Places(manifest, file.read_text(), file.name)
    for finding in check(manifest, lambda resource: places.of(resource).source):
        name, _, line = finding.source.rpartition(":")
        assert name == f"Pulumi.{stack}.yaml"
        key = lines[int(line) - 1].strip()
        assert key.startswith(
            (f"groundplan:{finding.component}:", f"{finding.component}:", "flowLogs:")
        )


def test_a_component_without_its_protection_is_found_out() -> None:
    findings = check(
        deploy(lambda: ArtifactBucket("artifacts", {"deletion_protection": False})).manifest
    )
    assert {(f.rule, f.component) for f in findings} == {("data-protected", "artifacts")}
    assert len(findings) == 3
