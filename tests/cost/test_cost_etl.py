"""What jobs of AWS Glue cost: their DPU hours."""

from typing import Any

import pulumi_aws as aws
import pytest
from groundplan.cost.assumptions import Assumptions
from groundplan.cost.estimate import Estimate, estimate
from groundplan.facts import prices
from groundplan.testing import deploy


def of(assumptions: Assumptions | None = None, region: str = "us-east-1", **args: Any) -> Estimate:
    def program() -> None:
        command = args.pop("command", "glueetl")
        aws.glue.Job(
            "etl",
            role_arn="arn:aws:iam::1:role/r",
            command=aws.glue.JobCommandArgs(name=command, script_location="s3://b/s.py"),
            **args,
        )

    return estimate(deploy(program, region=region).manifest, assumptions)


@pytest.mark.parametrize("region", ["us-east-1", "eu-north-1", "ap-southeast-1"])
def test_a_job_costs_the_dpu_hours_of_a_month(region: str) -> None:
    found = of(region=region)
    assert found.unknown == ()
    assert found.expected == pytest.approx(10 * 0.44)
    assert "glue dpu hours" in found.assumptions


def test_the_hours_can_be_set() -> None:
    assert of(Assumptions(glue_dpu_hours=100)).expected == pytest.approx(44)


@pytest.mark.parametrize("args", [{"execution_class": "FLEX"}, {"command": "glueray"}])
def test_what_has_another_price_is_unknown(args: dict[str, Any]) -> None:
    assert of(**args).unknown != ()


def test_the_price_names_its_source() -> None:
    assert prices.of("eu-west-1").find("glue-dpu-hour") is not None
