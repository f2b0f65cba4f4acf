"""Settings are read as they are written, and everything wrong is reported at once."""

import json

import pytest
from groundplan.retraining.engine.names import VARIABLE
from groundplan.retraining.engine.settings import (
    EvaluationSettings,
    InvalidSettings,
    LimitSettings,
    RetrainingSettings,
    TrainingSettings,
    from_environment,
)

SETTINGS = RetrainingSettings(
    endpoint="ml-prod-churn",
    region="eu-west-1",
    bucket="artifacts",
    dataset="churn:latest",
    release_target={"endpoint": "ml-prod-churn"},
    training=TrainingSettings(usd_per_hour=1, security_group_ids=("sg-1",)),
    evaluation=EvaluationSettings(command=("python", "evaluate.py")),
    limits=LimitSettings(usd_per_month=100.5),
)


def test_what_is_written_is_read() -> None:
    assert RetrainingSettings.read(SETTINGS.text()) == SETTINGS
    assert from_environment({VARIABLE: SETTINGS.text()}) == SETTINGS


def test_all_that_is_wrong_is_reported_at_once() -> None:
    data = json.loads(SETTINGS.text())
    del data["endpoint"]
    data["colour"] = "red"
    data["limits"] = {"faults": True, "usd_per_run": "much"}
    data["training"] = []
    data["evaluation"] = {"command": "python"}
    with pytest.raises(InvalidSettings) as error:
        RetrainingSettings.read(json.dumps(data))
    for part in (
        "endpoint: missing",
        "colour: unknown",
        "limits.faults: True",
        "limits.usd_per_run: 'much'",
        "training: not an object",
        "evaluation.command: not a list",
    ):
        assert part in str(error.value)


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(InvalidSettings, match=VARIABLE):
        from_environment({VARIABLE: text})
