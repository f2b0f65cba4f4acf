import copy
import json
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.storage.artifact_bucket.artifact_bucket import ArtifactBucket
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from groundplan.training.job.training_job import TrainingJob

JOB, SERVICE = "kubernetes:batch/v1:Job", "kubernetes:core/v1:Service"
RECORD = "aws:s3/bucketObjectv2:BucketObjectv2"
IMAGE = "ghcr.io/example/churn@sha256:" + "a" * 64
ACCESS = {
    "bucket_name": "artifacts",
    "bucket_arn": "arn:aws:s3:::artifacts",
    "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
}
MINIMAL: Any = {
    "on": "cluster",
    "image": IMAGE,
    "code": {"repository": "https://git.example.com/churn", "revision": "b" * 40},
    "datasets": {
        "train": {"uri": "s3://artifacts/datasets/churn/1/", "version": f"churn@sha256:{'1' * 64}"}
    },
    "artifacts": ACCESS,
}
FULL: Any = {
    **MINIMAL,
    "command": ["torchrun"],
    "arguments": ["train.py", "--note=$(NOTE)"],
    "parameters": {"epochs": 3, "learning_rate": 0.1, "optimizer": "adam"},
    "environment": {"LEVEL": "info", "PRICE": "$$5"},
    "secrets": {"HF_TOKEN": {"kubernetes_secret": "hugging-face", "key": "token"}},
    "seed": 7,
    "nodes": 4,
    "accelerators": 8,
    "cpu": 90,
    "memory_gib": 1000,
    "max_runtime_seconds": 172800,
    "max_restarts": 5,
    "checkpoint_prefix": "teams/vision/checkpoints/",
    "output_prefix": "teams/vision/models/",
    "job_name": "churn",
    "cluster": {
        "namespace": "vision",
        "queue": "vision",
        "pool": "p5",
        "priority": "high",
        "service_account": "trainer",
        "efa_interfaces": 32,
        "user_id": 2000,
    },
}


def run(args: Any, **options: Any) -> Plan:
    return deploy(
        lambda: TrainingJob("churn", copy.deepcopy(args), pulumi.ResourceOptions(**options))
    )


def output(plan: Plan, name: str) -> Any:
    return plan.one("groundplan:index:TrainingJob").outputs[name]


def pod(plan: Plan) -> Any:
    return plan.one(JOB).inputs["spec"]["template"]["spec"]


def environment(plan: Plan) -> dict[str, Any]:
    return {
        entry["name"]: entry.get("value", entry.get("valueFrom"))
        for entry in pod(plan)["containers"][0]["env"]
    }


@pytest.fixture(scope="module")
def minimal() -> Plan:
    return run(MINIMAL)


@pytest.fixture(scope="module")
def full() -> Plan:
    return run(FULL)


def test_a_minimal_run_is_a_job_that_waits_in_a_queue(minimal: Plan) -> None:
    """The whole job: whoever changes it raises `record.SCHEMA`, as Kubernetes refuses
    to change a job that is there."""
    identity = output(minimal, "runId")
    name = f"project-test-churn-{identity[:10]}"

    assert output(minimal, "jobName") == name
    labels = {"app.kubernetes.io/name": "churn", "app.kubernetes.io/component": "training"}
    assert minimal.one(JOB, "churn-job").inputs == {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": "training",
            "labels": labels | {"kueue.x-k8s.io/queue-name": "default"},
            "annotations": {"groundplan/run-id": identity, "pulumi.com/skipAwait": "true"},
        },
        "spec": {
            "suspend": True,
            "completionMode": "Indexed",
            "completions": 1,
            "parallelism": 1,
            "activeDeadlineSeconds": 86400,
            "backoffLimitPerIndex": 3,
            "maxFailedIndexes": 0,
            "podFailurePolicy": {
                "rules": [
                    {
                        "action": "Ignore",
                        "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}],
                    },
                    {
                        "action": "FailJob",
                        "onExitCodes": {
                            "containerName": "trainer",
                            "operator": "In",
                            "values": [2, 126, 127],
                        },
                    },
                ]
            },
            "template": {
                "metadata": {
                    "labels": labels,
                    "annotations": {
                        "groundplan/run-id": identity,
                        "groundplan/parameters": "{}",
                        "karpenter.sh/do-not-disrupt": "true",
                        "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
                    },
                },
                "spec": pod(minimal),
            },
        },
    }
    assert not minimal.all(SERVICE)


def test_the_pod_of_a_minimal_run_is_restricted(minimal: Plan) -> None:
    found = copy.deepcopy(pod(minimal))
    (container,) = found.pop("containers")

    assert found == {
        "restartPolicy": "Never",
        "serviceAccountName": "training",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 120,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "runAsGroup": 1000,
            "fsGroup": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumes": [
            {"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": "12Gi"}},
            {
                "name": "parameters",
                "downwardAPI": {
                    "items": [
                        {
                            "path": "hyperparameters.json",
                            "fieldRef": {
                                "fieldPath": "metadata.annotations['groundplan/parameters']"
                            },
                        }
                    ]
                },
            },
        ],
    }
    container.pop("env")
    assert container == {
        "name": "trainer",
        "image": IMAGE,
        "resources": {"requests": {"cpu": "3", "memory": "12Gi"}, "limits": {"memory": "12Gi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [
            {"name": "shared-memory", "mountPath": "/dev/shm"},  # noqa: S108
            {"name": "parameters", "mountPath": "/opt/ml/input/config", "readOnly": True},
        ],
    }


def test_container_environment_contains_all_paths(minimal: Plan) -> None:
    identity = output(minimal, "runId")

    assert environment(minimal) == {
        "GROUNDPLAN_RUN_ID": identity,
        "GROUNDPLAN_RECORD": f"s3://artifacts/runs/churn/{identity}/run.json",
        "GROUNDPLAN_CODE_REVISION": "b" * 40,
        "GROUNDPLAN_PARAMETERS_FILE": "/opt/ml/input/config/hyperparameters.json",
        "GROUNDPLAN_INPUT_TRAIN": "s3://artifacts/datasets/churn/1/",
        "GROUNDPLAN_OUTPUT": f"s3://artifacts/models/churn/{identity}/",
        "GROUNDPLAN_CHECKPOINTS": f"s3://artifacts/checkpoints/churn/{identity}/",
        "HOME": "/tmp",  # noqa: S108
        "USER": "trainer",
        "MASTER_ADDR": "localhost",
        "MASTER_PORT": "29500",
        "NNODES": "1",
        "NPROC_PER_NODE": "1",
        "PET_NNODES": "1",
        "PET_NPROC_PER_NODE": "1",
        "PET_RDZV_BACKEND": "c10d",
        "PET_RDZV_ENDPOINT": "localhost:29400",
        "PET_RDZV_ID": identity,
        "NODE_RANK": {
            "fieldRef": {
                "fieldPath": "metadata.annotations['batch.kubernetes.io/job-completion-index']"
            }
        },
    }


def test_the_record_is_written_before_the_run_and_stays(minimal: Plan) -> None:
    record, identity = minimal.one(RECORD, "churn-record"), output(minimal, "runId")

    assert json.loads(record.inputs["content"])["image"] == IMAGE
    assert {key: value for key, value in record.inputs.items() if key != "content"} == {
        "bucket": "artifacts",
        "key": f"runs/churn/{identity}/run.json",
        "contentType": "application/json",
        "serverSideEncryption": "aws:kms",
        "kmsKeyId": ACCESS["kms_key_arn"],
        "bucketKeyEnabled": True,
        "checksumAlgorithm": "SHA256",
        "tags": {"groundplan:component": "churn"},
    }
    assert record.option("retainOnDelete") is True
    assert not record.option("protect"), "the next run's record could not take its place"
    assert "churn-record" in minimal.dependencies(minimal.one(JOB))
    assert output(minimal, "recordUri") == f"s3://artifacts/runs/churn/{identity}/run.json"
    assert output(minimal, "outputUri") == f"s3://artifacts/models/churn/{identity}/"


def test_job_is_retained_on_replacement_and_delete_by_default(full: Plan) -> None:
    assert full.one(JOB).option("retainOnDelete") is True
    assert full.one(SERVICE).option("retainOnDelete") is True

    ended = run({**FULL, "keep_runs": False})
    assert ended.one(JOB).option("retainOnDelete") is False
    assert ended.one(SERVICE).option("retainOnDelete") is False
    assert ended.one(RECORD).option("retainOnDelete") is True


def test_an_update_never_suspends_what_kueue_admitted(minimal: Plan) -> None:
    assert minimal.one(JOB).option("ignoreChanges") == ["spec.suspend"]


def test_all_children_belong_to_the_component(full: Plan) -> None:
    component = full.one("groundplan:index:TrainingJob", "churn")

    assert {r.name for r in full.manifest if r.parent == component.urn} == {
        "churn-record",
        "churn-job",
        "churn-service",
    }
    assert set(component.outputs) == {"runId", "jobName", "recordUri", "outputUri"}


def test_the_nodes_of_a_run_find_each_other_by_name(full: Plan) -> None:
    name, told = output(full, "jobName"), environment(full)

    assert name == f"churn-{output(full, 'runId')[:10]}"
    assert full.one(SERVICE, "churn-service").inputs == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": name,
            "namespace": "vision",
            "labels": {
                "app.kubernetes.io/name": "churn",
                "app.kubernetes.io/component": "training",
            },
            "annotations": {"pulumi.com/skipAwait": "true"},
        },
        "spec": {
            "clusterIP": "None",
            "selector": {"batch.kubernetes.io/job-name": name},
            "publishNotReadyAddresses": True,
        },
    }
    assert pod(full)["subdomain"] == name
    assert told["MASTER_ADDR"] == f"{name}-0.{name}"
    assert told["PET_RDZV_ENDPOINT"] == f"{name}-0.{name}:29400"
    assert (told["PET_NNODES"], told["PET_NPROC_PER_NODE"]) == ("4", "8")
    assert "churn-service" in full.dependencies(full.one(JOB))


def test_full_run_requests_the_configured_resources(full: Plan) -> None:
    job = full.one(JOB).inputs
    (container,) = pod(full)["containers"]
    limits = {
        "memory": "1000Gi",
        "nvidia.com/gpu": "8",
        "vpc.amazonaws.com/efa": "32",
        "hugepages-2Mi": "5120Mi",
    }

    assert container["resources"] == {"requests": {"cpu": "90", **limits}, "limits": limits}
    assert job["metadata"]["namespace"] == "vision"
    assert job["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "vision"
    assert job["metadata"]["labels"]["kueue.x-k8s.io/priority-class"] == "high"
    spec = job["spec"]
    assert (spec["completions"], spec["parallelism"], spec["backoffLimitPerIndex"]) == (4, 4, 5)
    assert spec["activeDeadlineSeconds"] == 172800
    assert pod(full)["nodeSelector"] == {"groundplan/pool": "p5"}
    assert pod(full)["serviceAccountName"] == "trainer"
    assert (
        pod(full)["securityContext"]["runAsUser"] == pod(full)["securityContext"]["fsGroup"] == 2000
    )
    assert pod(full)["volumes"][0]["emptyDir"]["sizeLimit"] == "1000Gi"


def test_arguments_are_passed_unchanged(full: Plan) -> None:
    (container,) = pod(full)["containers"]

    assert container["command"] == ["torchrun"]
    assert container["args"] == ["train.py", "--note=$$(NOTE)"]
    assert environment(full)["PRICE"] == "$$$$5"


def test_parameters_secrets_and_the_seed_reach_the_container(full: Plan) -> None:
    annotations = full.one(JOB).inputs["spec"]["template"]["metadata"]["annotations"]
    told = environment(full)

    assert json.loads(annotations["groundplan/parameters"]) == {
        "epochs": "3",
        "learning_rate": "0.1",
        "optimizer": "adam",
    }
    assert told["HF_TOKEN"] == {"secretKeyRef": {"name": "hugging-face", "key": "token"}}
    assert (told["GROUNDPLAN_SEED"], told["PYTHONHASHSEED"], told["LEVEL"]) == ("7", "7", "info")
    assert told["GROUNDPLAN_OUTPUT"].startswith("s3://artifacts/teams/vision/models/")
    assert told["GROUNDPLAN_CHECKPOINTS"].startswith("s3://artifacts/teams/vision/checkpoints/")


def test_trainium_is_asked_for_by_its_own_name() -> None:
    plan = run(
        {**MINIMAL, "accelerators": 16, "accelerator_kind": "neuron", "processes_per_node": 32}
    )

    assert pod(plan)["containers"][0]["resources"]["limits"]["aws.amazon.com/neuron"] == "16"
    assert environment(plan)["PET_NPROC_PER_NODE"] == "32"


def test_the_order_of_arguments_changes_nothing() -> None:
    backwards = {
        **FULL,
        "environment": dict(reversed(FULL["environment"].items())),
        "parameters": dict(reversed(FULL["parameters"].items())),
    }
    assert run(backwards).one(JOB).inputs == run(FULL).one(JOB).inputs


@pytest.mark.parametrize("version", ["1.35", "1.36"])
@pytest.mark.parametrize("args", [MINIMAL, FULL], ids=["minimal", "full"])
def test_the_objects_are_what_kubernetes_takes(args: Any, version: str) -> None:
    plan = run(args)
    objects = [resource for resource in plan.manifest if resource.type.startswith("kubernetes:")]

    assert objects
    for resource in objects:
        kubernetes_validate.validate(dict(resource.inputs), version, strict=True)


def test_what_only_the_cloud_knows_changes_no_name_in_the_state() -> None:
    def program() -> None:
        artifacts = ArtifactBucket("artifacts")
        args: Any = {**MINIMAL, "artifacts": artifacts.access}
        TrainingJob("churn", args)

    plan = deploy(program)
    record = plan.one(RECORD, "churn-record").inputs
    assert record["bucket"] == "${artifacts-bucket.bucket}"
    assert record["kmsKeyId"] == "${artifacts-key-key.arn}"
    assert json.loads(record["content"])["bucket"] == "${artifacts-bucket.bucket}"
    assert plan.one(JOB, "churn-job")


def test_job_uses_the_specified_provider() -> None:
    def program() -> None:
        cluster = kubernetes.Provider("other", kubeconfig="{}")
        TrainingJob("churn", FULL, pulumi.ResourceOptions(providers=[cluster]))

    plan = deploy(program)
    provider = plan.one("pulumi:providers:kubernetes", "other").urn
    assert plan.one(JOB).option("provider") == plan.one(SERVICE).option("provider") == provider
