import json
import pathlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

import groundplan
import pulumi
import pulumi_kubernetes as kubernetes
import pytest
import yaml
from groundplan import plugin
from groundplan.serving.kubernetes_endpoint.choices import PodScalingMetric
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from pulumi.errors import InputPropertiesError

ROOT = pathlib.Path(__file__).parents[1]
COMPONENTS = [component.__name__ for component in plugin.components()]
KEY = "arn:aws:kms:us-east-1:111122223333:key/k"
SCRIPT = str(pathlib.Path(__file__).parents[1] / "examples" / "data-pipeline" / "clicks.py")
TOPIC = "arn:aws:sns:us-east-1:111122223333:clicks"
IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/fraud:1.2.3"
DIGEST = "111122223333.dkr.ecr.us-east-1.amazonaws.com/fraud@sha256:" + "0123456789abcdef" * 4
ADMINISTRATOR = "arn:aws:iam::111122223333:role/platform"
STATEMENT = {
    "Sid": "Ours",
    "Effect": "Allow",
    "Principal": {"AWS": ADMINISTRATOR},
    "Action": "s3:ListBucket",
}
RELEASE_TARGET = {
    "endpoint": "fraud",
    "region": "us-east-1",
    "variant": "primary",
    "role_arn": "arn:aws:iam::111122223333:role/fraud",
    "model_package_group": "fraud",
    "instance_count": 2,
}

RETRAINED = {**RELEASE_TARGET, "audit": {"bucket": "data", "prefix": "releases/"}}
ACCEPTED = {"reason": "made again at night", "owner": "ml", "expires": "2027-02-28"}

USES: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "AcceptedFinding": (
        {"rule": "bucket-versioned", "resource_pattern": "logs-*", **ACCEPTED},
        {"rule": "bucket-versioned", "resourcePattern": "logs-*", **ACCEPTED},
    ),
    "ArtifactBucket": (
        {
            "kms_key_arn": KEY,
            "lifecycle": {"noncurrent_days": 10, "expire": {"scratch_data/": 14}},
            "object_lock": {"mode": groundplan.ObjectLockMode.COMPLIANCE, "days": 7},
            "policy_statements": [STATEMENT],
            "tags": {"cost_center": "ml"},
        },
        {
            "kmsKeyArn": KEY,
            "lifecycle": {"noncurrentDays": 10.0, "expire": {"scratch_data/": 14.0}},
            "objectLock": {"mode": "compliance", "days": 7.0},
            "policyStatements": [STATEMENT],
            "tags": {"cost_center": "ml"},
        },
    ),
    "ContainerRegistry": (
        {"repositories": ["trainer"], "expire": {"pr_": 30}, "pull_through": {"quay": {}}},
        {"repositories": ["trainer"], "expire": {"pr_": 30.0}, "pullThrough": {"quay": {}}},
    ),
    "CostGuard": (
        {
            "bucket": {
                "bucket_name": "data",
                "bucket_arn": "arn:aws:s3:::data",
                "kms_key_arn": KEY,
            },
            "usd_per_month": 500,
            "teams": {"search_ml": 100},
            "stops": {"pools": ["gpu_pool"], "at_percent": 90},
            "node_groups": {"gpu_pool": "gpu-1"},
            "cluster_name": "training",
            "schedule": {"open": "07:00", "close": "19:00", "time_zone": "Europe/Berlin"},
        },
        {
            "bucket": {"bucketName": "data", "bucketArn": "arn:aws:s3:::data", "kmsKeyArn": KEY},
            "usdPerMonth": 500.0,
            "teams": {"search_ml": 100.0},
            "stops": {"pools": ["gpu_pool"], "atPercent": 90.0},
            "nodeGroups": {"gpu_pool": "gpu-1"},
            "clusterName": "training",
            "schedule": {"open": "07:00", "close": "19:00", "timeZone": "Europe/Berlin"},
        },
    ),
    "DeliveryApi": (
        {
            "targets": {"on-call": RETRAINED},
            "artifacts": {
                "bucket_name": "data",
                "bucket_arn": "arn:aws:s3:::data",
                "kms_key_arn": KEY,
            },
            "throttling": {"read_rate": 5, "write_burst": 2},
            "memory_mb": 512,
        },
        {
            "targets": {"on-call": {**RETRAINED, "instance_count": 2.0}},
            "artifacts": {
                "bucketName": "data",
                "bucketArn": "arn:aws:s3:::data",
                "kmsKeyArn": KEY,
            },
            "throttling": {"readRate": 5.0, "writeBurst": 2.0},
            "memoryMb": 512.0,
        },
    ),
    "EncryptionKey": (
        {"services": ["logs"], "deletion_window_days": 7},
        {"services": ["logs"], "deletionWindowDays": 7.0},
    ),
    "ExperimentTracking": (
        {
            "server": groundplan.TrackingServer.MANAGED,
            "artifacts": {
                "bucket_name": "data",
                "bucket_arn": "arn:aws:s3:::data",
                "kms_key_arn": KEY,
            },
            "managed": {"maintenance_window": "Sun:03:00"},
            "tags": {"cost_center": "ml"},
        },
        {
            "server": "managed",
            "artifacts": {"bucketName": "data", "bucketArn": "arn:aws:s3:::data", "kmsKeyArn": KEY},
            "managed": {"maintenanceWindow": "Sun:03:00"},
            "tags": {"cost_center": "ml"},
        },
    ),
    "KubernetesEndpoint": (
        {
            "image": IMAGE,
            "replicas": 4,
            "environment": {"LOG_LEVEL": "info"},
            "secrets": {"API_KEY": {"name": "fraud", "key": "api_key"}},
            "node_labels": {"example.com/pool_name": "cpu"},
            "scaling": {"max": 8, "metric": PodScalingMetric.CPU, "scale_in_cooldown_seconds": 60},
            "metrics": {"path": "/metrics"},
            "alarms": {"max_error_percent": 2.0},
        },
        {
            "image": IMAGE,
            "replicas": 4.0,
            "environment": {"LOG_LEVEL": "info"},
            "secrets": {"API_KEY": {"name": "fraud", "key": "api_key"}},
            "nodeLabels": {"example.com/pool_name": "cpu"},
            "scaling": {"max": 8.0, "metric": "cpu", "scaleInCooldownSeconds": 60.0},
            "metrics": {"path": "/metrics"},
            "alarms": {"maxErrorPercent": 2.0},
        },
    ),
    "LustreFileSystem": (
        {
            "vpc_id": "vpc-1",
            "subnet_id": "subnet-a",
            "links": {"datasets": {"bucket_name": "data", "imports": [groundplan.FileEvent.NEW]}},
        },
        {
            "vpcId": "vpc-1",
            "subnetId": "subnet-a",
            "links": {"datasets": {"bucketName": "data", "imports": ["new"]}},
        },
    ),
    "LogBucket": (
        {"source_bucket_arn": "arn:aws:s3:::data", "retention_days": 30},
        {"sourceBucketArn": "arn:aws:s3:::data", "retentionDays": 30.0},
    ),
    "ModelEndpoint": (
        {
            "image": IMAGE,
            "instance_type": "ml.m5.large",
            "instance_count": 4,
            "rollout": {"strategy": groundplan.RolloutStrategy.LINEAR, "step_percent": 25},
            "alarms": {
                "max_error_percent": 2.0,
                "actions": ["arn:aws:sns:us-east-1:111122223333:calls"],
            },
            "network": {"vpc_id": "vpc-1", "subnet_ids": ["subnet-a", "subnet-b"]},
            "environment": {"LOG_LEVEL": "info"},
        },
        {
            "image": IMAGE,
            "instanceType": "ml.m5.large",
            "instanceCount": 4.0,
            "rollout": {"strategy": "linear", "stepPercent": 25.0},
            "alarms": {
                "maxErrorPercent": 2.0,
                "actions": ["arn:aws:sns:us-east-1:111122223333:calls"],
            },
            "network": {"vpcId": "vpc-1", "subnetIds": ["subnet-a", "subnet-b"]},
            "environment": {"LOG_LEVEL": "info"},
        },
    ),
    "ModelRegistry": (
        {
            "groups": {
                "fraud": {
                    "read_accounts": ["210987654321"],
                    "card": {
                        "owner": "risk@example.com",
                        "purpose": "Finds fraud",
                        "intended_uses": "Review by a person",
                        "risk_rating": groundplan.RiskRating.MEDIUM,
                        "details": {"review_cycle": "monthly"},
                        "status": groundplan.CardStatus.PENDING_REVIEW,
                    },
                }
            },
            "card_key_arn": KEY,
        },
        {
            "groups": {
                "fraud": {
                    "readAccounts": ["210987654321"],
                    "card": {
                        "owner": "risk@example.com",
                        "purpose": "Finds fraud",
                        "intendedUses": "Review by a person",
                        "riskRating": "medium",
                        "details": {"review_cycle": "monthly"},
                        "status": "pending-review",
                    },
                }
            },
            "cardKeyArn": KEY,
        },
    ),
    "MonitoringStack": (
        {
            "subscribers": {
                "on_call": {
                    "protocol": groundplan.SubscriberProtocol.EMAIL,
                    "endpoint": "ml@example.com",
                }
            },
            "endpoints": {"fraud": {"endpoint_name": "fraud", "min_invocations_per_hour": 5}},
            "log_groups": {"training_jobs": {"retention_days": 30}},
        },
        {
            "subscribers": {"on_call": {"protocol": "email", "endpoint": "ml@example.com"}},
            "endpoints": {"fraud": {"endpointName": "fraud", "minInvocationsPerHour": 5.0}},
            "logGroups": {"training_jobs": {"retentionDays": 30.0}},
        },
    ),
    "KubernetesModelMonitoring": (
        {
            "endpoint": "fraud",
            "image": "registry.example.com/monitoring:1",
            "baseline_key": "baselines/fraud.json",
            "namespace": "ml",
            "object_store": {
                "bucket_name": "ml",
                "endpoint_url": "http://minio.minio.svc:9000",
                "secret": "store",
            },
            "window_hours": 48,
        },
        {
            "endpoint": "fraud",
            "image": "registry.example.com/monitoring:1",
            "baselineKey": "baselines/fraud.json",
            "namespace": "ml",
            "objectStore": {
                "bucketName": "ml",
                "endpointUrl": "http://minio.minio.svc:9000",
                "secret": "store",
            },
            "windowHours": 48.0,
        },
    ),
    "DataPipeline": (
        {
            "bucket": {
                "bucket_name": "data",
                "bucket_arn": "arn:aws:s3:::data",
                "kms_key_arn": KEY,
            },
            "dataset": "clicks",
            "inputs": {"raw": "raw/clicks/"},
            "glue": {"script": SCRIPT, "worker_type": groundplan.WorkerType.G_2X, "workers": 4},
            "limits": {"dpu_hours_per_run": 8.0},
        },
        {
            "bucket": {"bucketName": "data", "bucketArn": "arn:aws:s3:::data", "kmsKeyArn": KEY},
            "dataset": "clicks",
            "inputs": {"raw": "raw/clicks/"},
            "glue": {"script": SCRIPT, "workerType": "G.2X", "workers": 4.0},
            "limits": {"dpuHoursPerRun": 8.0},
        },
    ),
    "Datasets": (
        {
            "bucket": {
                "bucket_name": "data",
                "bucket_arn": "arn:aws:s3:::data",
                "kms_key_arn": KEY,
            },
            "sets": {"users": {}, "clicks": {"targets": {"team": {"arn": TOPIC}}}},
        },
        {
            "bucket": {"bucketName": "data", "bucketArn": "arn:aws:s3:::data", "kmsKeyArn": KEY},
            "sets": {"users": {}, "clicks": {"targets": {"team": {"arn": TOPIC}}}},
        },
    ),
    "KubernetesRetraining": (
        {
            "release_target": RETRAINED,
            "endpoint": "fraud",
            "artifacts": {
                "bucket_name": "data",
                "bucket_arn": "arn:aws:s3:::data",
                "kms_key_arn": KEY,
            },
            "cluster_name": "ml",
            "namespace": "fraud",
            "image": "registry.example.com/monitoring:1",
            "dataset": "fraud:latest",
            "training": {"job": "fraud", "usd_per_hour": 1.5},
            "evaluation": {"held_out": "fraud-held-out:latest", "usd_per_hour": 0.5},
            "budget_usd_per_month": 50.0,
            "notifications": {"topic_arn": TOPIC},
        },
        {
            "releaseTarget": {**RETRAINED, "instance_count": 2.0},
            "endpoint": "fraud",
            "artifacts": {
                "bucketName": "data",
                "bucketArn": "arn:aws:s3:::data",
                "kmsKeyArn": KEY,
            },
            "clusterName": "ml",
            "namespace": "fraud",
            "image": "registry.example.com/monitoring:1",
            "dataset": "fraud:latest",
            "training": {"job": "fraud", "usdPerHour": 1.5},
            "evaluation": {"heldOut": "fraud-held-out:latest", "usdPerHour": 0.5},
            "budgetUsdPerMonth": 50.0,
            "notifications": {"topicArn": TOPIC},
        },
    ),
    "RetrainingPipeline": (
        {
            "release_target": RETRAINED,
            "endpoint": "fraud",
            "artifacts": {
                "bucket_name": "data",
                "bucket_arn": "arn:aws:s3:::data",
                "kms_key_arn": KEY,
            },
            "dataset": "fraud:latest",
            "training": {"job": "fraud", "image": DIGEST, "instance_type": "ml.m5.xlarge"},
            "evaluation": {"held_out": "fraud-held-out:latest"},
            "budget_usd_per_month": 50.0,
            "notifications": {"topic_arn": TOPIC},
        },
        {
            "releaseTarget": {**RETRAINED, "instance_count": 2.0},
            "endpoint": "fraud",
            "artifacts": {
                "bucketName": "data",
                "bucketArn": "arn:aws:s3:::data",
                "kmsKeyArn": KEY,
            },
            "dataset": "fraud:latest",
            "training": {"job": "fraud", "image": DIGEST, "instanceType": "ml.m5.xlarge"},
            "evaluation": {"heldOut": "fraud-held-out:latest"},
            "budgetUsdPerMonth": 50.0,
            "notifications": {"topicArn": TOPIC},
        },
    ),
    "CiAccess": (
        {
            "github": {
                "repository": "octo-org/octo-repo",
                "owner_id": 1,
                "repository_id": 2,
                "provider_arn": "arn:aws:iam::111122223333:oidc-provider/issuer",
            },
            "regions": ["us-east-1"],
            "max_session_hours": 3,
        },
        {
            "github": {
                "repository": "octo-org/octo-repo",
                "ownerId": 1.0,
                "repositoryId": 2.0,
                "providerArn": "arn:aws:iam::111122223333:oidc-provider/issuer",
            },
            "regions": ["us-east-1"],
            "maxSessionHours": 3.0,
        },
    ),
    "LogStore": (
        {
            "teams": {"vision": {"readers": ["arn:aws:iam::111122223333:role/vision"]}},
            "endpoints": {"fraud": "fraud-prod"},
            "training_jobs": {"create": True, "retention_days": 30},
            "data_protection": {"identifiers": ["EmailAddress"]},
            "search": {
                "network": {"vpc_id": "vpc-1", "subnet_ids": ["subnet-a", "subnet-b"]},
                "domain": {"volume_size_gb": 50},
                "retention_days": 60,
            },
        },
        {
            "teams": {"vision": {"readers": ["arn:aws:iam::111122223333:role/vision"]}},
            "endpoints": {"fraud": "fraud-prod"},
            "trainingJobs": {"create": True, "retentionDays": 30.0},
            "dataProtection": {"identifiers": ["EmailAddress"]},
            "search": {
                "network": {"vpcId": "vpc-1", "subnetIds": ["subnet-a", "subnet-b"]},
                "domain": {"volumeSizeGb": 50.0},
                "retentionDays": 60.0,
            },
        },
    ),
    "ModelMonitoring": (
        {
            "endpoint": "fraud",
            "bucket": {
                "bucket_name": "data",
                "bucket_arn": "arn:aws:s3:::data",
                "kms_key_arn": KEY,
            },
            "baseline_key": "baselines/fraud.json",
            "layer_arns": ["arn:aws:lambda:us-east-1:111122223333:layer:statistics:1"],
            "limits": {"minimum_rows": 500, "worst_quality": {"auc": 0.8}},
            "window_hours": 48,
        },
        {
            "endpoint": "fraud",
            "bucket": {"bucketName": "data", "bucketArn": "arn:aws:s3:::data", "kmsKeyArn": KEY},
            "baselineKey": "baselines/fraud.json",
            "layerArns": ["arn:aws:lambda:us-east-1:111122223333:layer:statistics:1"],
            "limits": {"minimumRows": 500.0, "worstQuality": {"auc": 0.8}},
            "windowHours": 48.0,
        },
    ),
    "Network": (
        {
            "zone_count": 2,
            "nat_gateways": groundplan.NatGateways.SINGLE,
            "flow_logs": {"retention_days": 30},
        },
        {"zoneCount": 2.0, "natGateways": "single", "flowLogs": {"retentionDays": 30.0}},
    ),
    "UtilizationReport": (
        {
            "bucket": {
                "bucket_name": "data",
                "bucket_arn": "arn:aws:s3:::data",
                "kms_key_arn": KEY,
            },
            "endpoints": {"on_call": "ml-prod-on-call"},
            "prometheus": {"url": "https://metrics.example.com"},
            "days": 30,
        },
        {
            "bucket": {"bucketName": "data", "bucketArn": "arn:aws:s3:::data", "kmsKeyArn": KEY},
            "endpoints": {"on_call": "ml-prod-on-call"},
            "prometheus": {"url": "https://metrics.example.com"},
            "days": 30.0,
        },
    ),
    "ReleaseRuntime": (
        {
            "targets": {"on_call": RELEASE_TARGET},
            "audit": {"bucket_name": "data", "bucket_arn": "arn:aws:s3:::data", "kms_key_arn": KEY},
            "log_retention_days": 30,
            "require_second_approver": True,
        },
        {
            "targets": {"on_call": {**RELEASE_TARGET, "instance_count": 2.0}},
            "audit": {"bucketName": "data", "bucketArn": "arn:aws:s3:::data", "kmsKeyArn": KEY},
            "logRetentionDays": 30.0,
            "requireSecondApprover": True,
        },
    ),
    "TrainingJob": (
        {
            "on": groundplan.RunsOn.SAGEMAKER,
            "image": f"{IMAGE.removesuffix(':1.2.3')}@sha256:{'0123456789abcdef' * 4}",
            "code": {"repository": "https://git.example.com/fraud", "revision": "89abcdef" * 5},
            "datasets": {
                "train": {"uri": "s3://data/train/", "version": f"churn@sha256:{'7' * 64}"}
            },
            "parameters": {"learning_rate": 0.5, "epochs": 3},
            "artifacts": {
                "bucket_name": "data",
                "bucket_arn": "arn:aws:s3:::data",
                "kms_key_arn": KEY,
            },
            "sagemaker": {"instance_type": "ml.g5.xlarge", "volume_gib": 50},
        },
        {
            "on": "sagemaker",
            "image": f"{IMAGE.removesuffix(':1.2.3')}@sha256:{'0123456789abcdef' * 4}",
            "code": {"repository": "https://git.example.com/fraud", "revision": "89abcdef" * 5},
            "datasets": {
                "train": {"uri": "s3://data/train/", "version": f"churn@sha256:{'7' * 64}"}
            },
            "parameters": {"learning_rate": 0.5, "epochs": 3.0},
            "artifacts": {"bucketName": "data", "bucketArn": "arn:aws:s3:::data", "kmsKeyArn": KEY},
            "sagemaker": {"instanceType": "ml.g5.xlarge", "volumeGib": 50.0},
        },
    ),
    "TrainingPlatform": (
        {
            "kubeconfig": "{}",
            "pools": {
                "gpu": {"nodes": 2, "cpu": 8, "memory_gib": 32, "node_labels": {"pool_name": "gpu"}}
            },
            "teams": {
                "vision": {
                    "guaranteed": {"gpu": 1},
                    "pod_security": groundplan.PodSecurity.RESTRICTED,
                }
            },
            "schedule": {
                "close": "20:00",
                "open": "07:00",
                "running_jobs": groundplan.RunningJobs.STOP,
            },
        },
        {
            "kubeconfig": "{}",
            "pools": {
                "gpu": {
                    "nodes": 2.0,
                    "cpu": 8.0,
                    "memoryGib": 32.0,
                    "nodeLabels": {"pool_name": "gpu"},
                }
            },
            "teams": {"vision": {"guaranteed": {"gpu": 1.0}, "podSecurity": "restricted"}},
            "schedule": {"close": "20:00", "open": "07:00", "runningJobs": "stop"},
        },
    ),
    "TrainingCluster": (
        {
            "private_subnet_ids": ["subnet-a", "subnet-b"],
            "administrators": [ADMINISTRATOR],
            "pools": {
                "gpu": {
                    "instance_type": "g5.xlarge",
                    "max_size": 4,
                    "capacity_type": groundplan.CapacityType.SPOT,
                    "labels": {"example.com/team_name": "vision"},
                }
            },
        },
        {
            "privateSubnetIds": ["subnet-a", "subnet-b"],
            "administrators": [ADMINISTRATOR],
            "pools": {
                "gpu": {
                    "instanceType": "g5.xlarge",
                    "maxSize": 4.0,
                    "capacityType": "spot",
                    "labels": {"example.com/team_name": "vision"},
                }
            },
        },
    ),
}
"""Component -> arguments of a Python program, and the same as the engine passes them on
from any other: whole numbers come as floats, enums as their values."""


NEED_A_CLUSTER = {"KubernetesEndpoint", "KubernetesModelMonitoring", "KubernetesRetraining"}


def options(component: str) -> pulumi.ResourceOptions | None:
    """A component whose cluster comes by the options gets one; the engine passes a
    caller's provider on in them."""
    if component not in NEED_A_CLUSTER:
        return None
    return pulumi.ResourceOptions(providers=[kubernetes.Provider("cluster", kubeconfig="{}")])


@pytest.fixture(scope="module")
def served() -> plugin.Plugin:
    return plugin.Plugin()


@pytest.fixture(scope="module")
def schema(served: plugin.Plugin) -> dict[str, Any]:
    return cast(dict[str, Any], json.loads(served.schema))


def token(component: str) -> str:
    return f"groundplan:index:{component}"


def registered(plan: Plan) -> list[Any]:
    """All resources, whatever line of code they come from."""
    return [replace(resource, source="") for resource in plan.manifest]


def test_the_committed_schema_is_what_the_components_say(served: plugin.Plugin) -> None:
    committed = (ROOT / "components/schema.json").read_text(encoding="utf-8")

    assert committed == served.schema, "run `make schema`"


def test_every_component_of_the_library_is_hosted(schema: dict[str, Any]) -> None:
    sources = (
        file.read_text(encoding="utf-8") for file in (ROOT / "components/groundplan").rglob("*.py")
    )
    written = {
        name
        for source in sources
        for name in re.findall(r"^class (\w+)\(Component\)", source, re.M)
    }

    assert set(schema["resources"]) == {token(component) for component in written}
    assert set(USES) == written


def properties(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in ("resources", "types"):
        for name, definition in schema[kind].items():
            for key in ("inputProperties", "properties"):
                yield from (
                    (f"{name} {key} {field}", told)
                    for field, told in definition.get(key, {}).items()
                )


def test_every_input_and_output_and_type_is_described(schema: dict[str, Any]) -> None:
    told = dict(properties(schema)) | schema["types"] | schema["resources"]

    assert [name for name, definition in told.items() if not definition.get("description")] == []
    assert not re.search(r"\\n ", json.dumps(schema)), (
        "an indented line, which Markdown takes for code"
    )


def test_no_nested_type_takes_the_name_that_generators_give_to_a_components_arguments(
    schema: dict[str, Any],
) -> None:
    assert not set(schema["types"]) & set(schema["resources"])
    assert not [name for name in schema["types"] if name.endswith("Args")]


def test_references_lead_to_types_that_are_there(schema: dict[str, Any]) -> None:
    references = set(re.findall(r"#/types/(groundplan:index:\w+)", json.dumps(schema)))

    assert references == set(schema["types"])


def test_members_of_enums_have_names_that_generators_keep_whole(schema: dict[str, Any]) -> None:
    members = {
        member["name"]: member["value"]
        for member in schema["types"]["groundplan:index:NatGateways"]["enum"]
    }

    assert members == {"None": "none", "Single": "single", "PerZone": "per-zone"}


@pytest.mark.parametrize("component", COMPONENTS)
def test_what_a_component_registers_as_outputs_is_what_the_schema_promises(
    component: str, schema: dict[str, Any]
) -> None:
    made = getattr(groundplan, component)
    plan = deploy(lambda: made("it", USES[component][0], options(component)))
    promised = schema["resources"][token(component)]

    # What may be null isn't required, and isn't sent where it is.
    assert (
        set(promised["required"])
        <= set(plan.one(token(component), "it").outputs)
        <= set(promised["properties"])
    )


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_plugin_makes_what_a_python_program_makes(
    component: str, served: plugin.Plugin, schema: dict[str, Any]
) -> None:
    given, passed_on = USES[component]
    results = []
    made = getattr(groundplan, component)

    by_python = deploy(lambda: made("it", given, options(component)))
    by_plugin = deploy(
        lambda: results.append(
            served.construct("it", token(component), passed_on, options(component))
        )
    )

    assert registered(by_plugin) == registered(by_python)
    assert set(results[0].state) == set(schema["resources"][token(component)]["properties"])


@pytest.mark.parametrize(
    "component", ["ArtifactBucket", "EncryptionKey", "MonitoringStack", "Network"]
)
def test_components_that_need_nothing_can_be_told_nothing(
    component: str, schema: dict[str, Any], served: plugin.Plugin
) -> None:
    assert schema["resources"][token(component)]["requiredInputs"] == []

    made = getattr(groundplan, component)
    by_plugin = deploy(lambda: served.construct("it", token(component), {}))
    assert registered(by_plugin) == registered(deploy(lambda: made("it")))


def test_the_caller_of_the_plugin_hears_all_that_is_wrong(served: plugin.Plugin) -> None:
    with pytest.raises(InputPropertiesError) as caught:
        deploy(
            lambda: served.construct(
                "net", token("Network"), {"zoneCount": 9.0, "cidrBlock": "8.8.8.8/16"}
            )
        )

    assert 'Network "net" has invalid arguments: 2 problems.' in caught.value.message
    assert "zone_count is 9." in caught.value.message
    assert caught.value.errors == []


def test_a_plugin_that_breaks_says_so(
    served: plugin.Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setitem(served._components, "Network", cast(type[pulumi.ComponentResource], broken))
    with pytest.raises(Exception, match="out of order") as caught:
        served.construct("net", token("Network"), {})
    assert not isinstance(caught.value, InputPropertiesError)


def test_pulumi_keeps_the_plugins_environment_apart_from_ours() -> None:
    told = yaml.safe_load((ROOT / "components/PulumiPlugin.yaml").read_text(encoding="utf-8"))
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()

    assert told == {
        "runtime": {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".pulumi-venv"}}
    }
    assert ".pulumi-venv/" in ignored


def test_the_wheel_holds_the_library_and_not_the_plugins_entry(tmp_path: pathlib.Path) -> None:
    build = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        str(tmp_path),
    ]
    subprocess.run(build, cwd=ROOT / "components", check=True, capture_output=True, timeout=60)

    (wheel,) = tmp_path.glob("*.whl")
    folders = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert folders == {"groundplan", wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info"}
