from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach, Severity
from groundplan.policy.rules.training_in_vpc_or_isolated import RULE

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]

JOB = "aws:sagemaker/trainingJob:TrainingJob"
TRAFFIC = "enableInterContainerTrafficEncryption"


@pytest.mark.parametrize(
    "inputs",
    [
        {"enableNetworkIsolation": True},
        {"enableNetworkIsolation": "${unknown until config}"},
        {"vpcConfig": {"subnets": ["subnet-a"]}},
        {"enableNetworkIsolation": True, "resourceConfig": {"instanceCount": 2}, TRAFFIC: True},
        {
            "enableNetworkIsolation": True,
            "resourceConfig": {"instanceCount": 2},
            TRAFFIC: "${unknown until config}",
        },
    ],
)
def test_a_job_without_network_access_complies(
    build: Build, check_rule: CheckRule, inputs: Any
) -> None:
    assert check_rule(RULE, build(JOB, "run", inputs)) == []


@pytest.mark.parametrize("inputs", [{}, {"enableNetworkIsolation": False}])
def test_a_job_with_a_way_to_the_internet_is_named(
    build: Build, check_rule: CheckRule, inputs: Any
) -> None:
    job = build(JOB, "run", inputs)
    reason = "the container of the training job run can send data to any address on the internet"
    assert check_rule(RULE, job) == [Breach(job.urn, reason, "enableNetworkIsolation")]


@pytest.mark.parametrize(
    "cluster",
    [
        {"instanceCount": 2},
        {"instanceGroups": [{"instanceCount": 1}, {"instanceCount": 1}]},
        [{"instanceCount": 2}],
    ],
)
def test_nodes_that_talk_in_the_clear_are_named(
    build: Build, check_rule: CheckRule, cluster: Any
) -> None:
    (breach,) = check_rule(
        RULE, build(JOB, "run", {"enableNetworkIsolation": True, "resourceConfig": cluster})
    )
    assert (breach.severity, breach.property) == (Severity.LOW, TRAFFIC)
    assert breach.reason == "the nodes of the training job run communicate unencrypted"


def test_it_is_about_training_jobs_only(build: Build, check_rule: CheckRule) -> None:
    assert check_rule(RULE, build("aws:sagemaker/model:Model")) == []
