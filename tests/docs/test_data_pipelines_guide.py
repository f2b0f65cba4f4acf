"""What the guide to data pipelines writes is accepted, and does what it says."""

import json
import pathlib
import re
from functools import cache
from typing import Any

import registration
import yaml
from configuration import describe
from groundplan.data.pipeline.engine.cluster.settings import ClusterSettings
from groundplan.data.quality import rules
from groundplan.testing import Plan, deploy

ROOT = pathlib.Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "data-pipelines.md").read_text(encoding="utf-8")
TRAINING = {
    "administrators": ["arn:aws:iam::123456789012:role/platform"],
    "pools": {"cpu": {"instanceType": "m6i.xlarge", "maxSize": 2}},
    "teams": {"recommendations": {"members": ["recommendations"]}},
}


def blocks() -> list[dict[str, Any]]:
    """Returns the sections of the guide's settings, without their namespace."""
    found = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)]
    sections = [block.get("config", block) for block in found]
    return [{key.split(":")[1]: value for key, value in part.items()} for part in sections]


def settings() -> dict[str, Any]:
    """Returns the settings of the guide, with the rules that it adds."""
    first, queued, checked = blocks()
    first["datasets"]["sets"] |= {"wines": {}}
    pipeline = first["pipelines"]["clicks"] | checked["pipelines"]["clicks"]
    return {**first, "training": TRAINING, "pipelines": {"clicks": pipeline, **queued["pipelines"]}}


@cache
def plan() -> Plan:
    values = {f"groundplan:{key}": json.dumps(value) for key, value in settings().items()}
    described = describe("groundplan", "test", {"aws:region": "us-east-1", **values})
    return deploy(lambda: registration.register(described), region="us-east-1")


def test_the_settings_of_the_guide_are_an_environment_that_does_what_it_says() -> None:
    found = plan()
    machine = found.one("aws:sfn/stateMachine:StateMachine", "clicks-pipeline-machine")
    states = json.loads(machine.inputs["definition"])["States"]
    assert [states[name]["Next"] for name in ("Transform", "Check", "Judge")] == [
        "Check",
        "Judge",
        "Verdict",
    ]
    assert states["Settle"]["Seconds"] == 300
    jobs = found.all("aws:glue/job:Job")
    arguments = next(j for j in jobs.values() if j.name.endswith("-check")).inputs
    named = [rule.name for rule in rules.read(arguments["defaultArguments"]["--rules"])]
    assert "country: allowed DE, FR, IT" in named
    assert "user: references users.id" in named
    alarms = {a.name for a in found.all("aws:cloudwatch/metricAlarm:MetricAlarm").values()}
    assert {f"clicks-pipeline-{role}" for role in ("late", "quarantined", "failed")} <= alarms


def test_the_pipeline_on_the_queue_does_what_the_guide_says() -> None:
    found = plan()
    driver = found.one("kubernetes:batch/v1:CronJob", "wines-pipeline-driver").inputs
    assert driver["spec"]["schedule"] == "*/5 * * * *"
    data = found.one("kubernetes:core/v1:ConfigMap", "wines-pipeline-settings").inputs["data"]
    known = ClusterSettings.read(data["settings.json"])
    assert known.folder == "pipelines/wines-pipeline/"
    assert (known.bookmarks, known.objects, known.engine) == (True, True, "container")
    # 8 vCPU hours of 4 cores are more than the hour that a job takes at most.
    assert known.job.timeout_seconds == 3600
    accounts = {known.job_account, known.check_account}
    assert accounts == {"wines-pipeline-script", "wines-pipeline-check"}


def test_the_rules_of_the_guide_have_names_that_reports_show() -> None:
    columns = settings()["pipelines"]["clicks"]["quality"]["columns"]
    assert len(columns) == 5
    assert len(rules.of_args({"columns": {"id": {"complete": 1.0, "unique": True}}})) == 3
