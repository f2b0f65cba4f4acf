"""A run whose GPUs are claimed by dynamic resource allocation."""

import json
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.retraining.engine.cluster.manifests import RecordedRun
from groundplan.retraining.engine.services import Refused

from tests.training.job.test_job_cluster import JOB, MINIMAL, RECORD, output, pod, run

TEMPLATE = "kubernetes:resource.k8s.io/v1:ResourceClaimTemplate"
CLAIMING: Any = {
    **MINIMAL,
    "accelerators": 4,
    "cluster": {
        "pool": "near",
        "device_claim": {
            "selectors": ['device.attributes["gpu.nvidia.com"].architecture == "Hopper"']
        },
    },
}


def test_the_pods_claim_their_gpus_by_a_template_and_ask_for_no_extended_resource() -> None:
    plan = run(CLAIMING)
    template, spec = plan.one(TEMPLATE, "churn-device-claim").inputs, pod(plan)

    name = output(plan, "jobName")
    assert template["metadata"] == {"name": name, "namespace": "training"}
    assert template["spec"]["spec"]["devices"]["requests"] == [
        {
            "name": "gpu",
            "exactly": {
                "deviceClassName": "gpu.nvidia.com",
                "count": 4,
                "selectors": [
                    {
                        "cel": {
                            "expression": 'device.attributes["gpu.nvidia.com"].architecture'
                            ' == "Hopper"'
                        }
                    }
                ],
            },
        }
    ]
    assert spec["resourceClaims"] == [{"name": "gpu", "resourceClaimTemplateName": name}]
    resources = spec["containers"][0]["resources"]
    assert resources["claims"] == [{"name": "gpu"}]
    assert "nvidia.com/gpu" not in {**resources["requests"], **resources["limits"]}
    assert spec["nodeSelector"] == {"groundplan/pool": "near"}


def test_the_template_is_there_before_the_job_and_both_are_valid() -> None:
    plan = run(CLAIMING)
    job, template = plan.one(JOB), plan.one(TEMPLATE)

    assert template.name in plan.dependencies(job)
    kubernetes_validate.validate(
        {"apiVersion": "batch/v1", "kind": "Job", **job.inputs}, "1.34", strict=True
    )


def test_without_a_claim_there_is_no_template_and_the_record_that_there_always_was() -> None:
    plan = run({**MINIMAL, "accelerators": 1})

    assert not plan.all(TEMPLATE)
    assert "claims" not in pod(plan)["containers"][0]["resources"]
    assert "device_claim" not in json.loads(plan.one(RECORD).inputs["content"])["cluster"]


def test_a_retraining_refuses_a_champion_with_a_claim() -> None:
    record = json.loads(run(CLAIMING).one(RECORD).inputs["content"])

    with pytest.raises(Refused, match=r"without cluster\.device_claim"):
        RecordedRun.of(record)


@pytest.mark.parametrize(
    ("more", "key", "words"),
    [
        ({"accelerators": 0}, "accelerators", "1 or more"),
        ({"accelerator_kind": "neuron"}, "cluster.device_claim", "NVIDIA"),
        ({"cluster": {"device_claim": {}}}, "cluster.pool", "a pool with dra"),
        (
            {"cluster": {"pool": "near", "device_claim": {"selectors": [" "]}}},
            "cluster.device_claim.selectors[0]",
            "CEL",
        ),
        (
            {"cluster": {"pool": "near", "device_claim": {"selectors": ["true"] * 33}}},
            "cluster.device_claim.selectors",
            "at most 32",
        ),
    ],
)
def test_a_claim_that_no_device_can_satisfy_is_refused(more: Any, key: str, words: str) -> None:
    with pytest.raises(InvalidArguments) as refused:
        run({**CLAIMING, **more})

    assert key in str(refused.value)
    assert words in str(refused.value)
