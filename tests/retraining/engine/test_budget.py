"""The budget of runs counts with the price of the instances that the champion's record
has."""

from dataclasses import replace

import pytest
from groundplan.retraining.engine import budget
from groundplan.retraining.engine.settings import RetrainingSettings, TrainingSettings

SETTINGS = RetrainingSettings(
    endpoint="churn",
    region="us-east-1",
    bucket="artifacts",
    dataset="churn:latest",
    training=TrainingSettings(instance_type="ml.m5.xlarge", usd_per_hour=0.23),
)


@pytest.mark.parametrize(
    "record", [{"sagemaker": {"instance_type": "ml.m5.xlarge"}}, {"sagemaker": None}, {}]
)
def test_the_price_is_that_of_the_record(record: dict[str, object]) -> None:
    assert budget.mismatch(SETTINGS, record) == ""


def test_another_instance_type_in_the_record_has_no_price() -> None:
    record = {"sagemaker": {"instance_type": "ml.p4d.24xlarge"}}
    found = budget.mismatch(SETTINGS, record)
    assert "ml.p4d.24xlarge" in found
    assert "set training.instance_type to ml.p4d.24xlarge" in found
    anything = replace(SETTINGS, training=TrainingSettings(usd_per_hour=0.23))
    assert budget.mismatch(anything, record) == ""
