"""A check on Spark: the Glue job, what it may do, and what notices that it failed."""

import json
from functools import cache
from typing import Any

import pytest
from groundplan import ModelMonitoring
from groundplan.arguments import InvalidArguments
from groundplan.cost.assumptions import Assumptions
from groundplan.cost.estimate import Item, estimate
from groundplan.model_monitoring.analysis import handler
from groundplan.model_monitoring.component import spark
from groundplan.testing import Plan, deploy, policy

BUCKET: Any = {
    "bucket_name": "artifacts-1",
    "bucket_arn": "arn:aws:s3:::artifacts-1",
    "kms_key_arn": "arn:bucket-key",
}
MINIMAL: dict[str, Any] = {
    "endpoint": "fraud",
    "bucket": BUCKET,
    "baseline_key": "baselines/fraud.json",
    "layer_arns": ["arn:aws:lambda:eu-west-1:123456789012:layer:statistics:3"],
}
FUNCTION = "aws:lambda/function:Function"
JOB = "aws:glue/job:Job"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"


def plan_of(**args: Any) -> Plan:
    arguments: Any = {**MINIMAL, "engine": "spark", **args}
    return deploy(
        lambda: ModelMonitoring("watch", arguments), project="ml", stack="prod", region="eu-west-1"
    )


@cache
def minimal() -> Plan:
    return plan_of(engine="function")


@cache
def on_spark() -> Plan:
    return plan_of(label_prefix="labels/fraud/", spark={"workers": 10, "timeout_minutes": 60})


def test_a_function_needs_no_job() -> None:
    kinds = {resource.type for resource in minimal().manifest}
    assert not {kind for kind in kinds if "glue" in kind or "eventRule" in kind}
    assert "glue_job" not in minimal().one(FUNCTION).inputs["environment"]["variables"]


def test_the_job_is_bounded_and_remembers_nothing() -> None:
    job = on_spark().one(JOB).inputs
    assert (job["numberOfWorkers"], job["workerType"], job["timeout"]) == (10, "G.1X", 60)
    assert job["executionProperty"] == {"maxConcurrentRuns": 1}
    assert job["maxRetries"] == 1
    arguments = job["defaultArguments"]
    assert arguments["--job-bookmark-option"] == "job-bookmark-disable"
    modules = arguments["--additional-python-modules"].split(",")
    assert [module.partition("==")[0] for module in modules] == ["numpy", "scipy", "jinja2"]


def test_all_that_the_job_writes_is_encrypted() -> None:
    kind = "aws:glue/securityConfiguration:SecurityConfiguration"
    known = on_spark().one(kind).inputs["encryptionConfiguration"]
    assert known["s3Encryption"]["kmsKeyArn"] == "arn:bucket-key"
    assert known["s3Encryption"]["s3EncryptionMode"] == "SSE-KMS"
    assert known["cloudwatchEncryption"]["cloudwatchEncryptionMode"] == "SSE-KMS"
    assert known["jobBookmarksEncryption"]["jobBookmarksEncryptionMode"] == "CSE-KMS"


def test_the_code_and_the_settings_are_objects_named_by_their_content() -> None:
    objects = on_spark().all(OBJECT)
    assert objects.keys() == {"watch-code", "watch-script", "watch-settings"}
    for item in objects.values():
        assert item.inputs["key"].startswith("monitoring/watch.spark/")
        assert item.inputs["kmsKeyId"] == "arn:bucket-key"
    settings = handler.Settings.read(objects["watch-settings"].inputs["content"])
    assert (settings.engine, settings.glue_job) == ("spark", "")
    assert settings.job["labels"] == "s3://artifacts-1/labels/fraud/"
    other = plan_of().all(OBJECT)
    same = [name for name in objects if objects[name].inputs["key"] == other[name].inputs["key"]]
    assert same == ["watch-code", "watch-script"]
    files = spark.archive_files()
    assert "groundplan/model_monitoring/analysis/executors.py" in files
    assert "groundplan/model_monitoring/analysis/templates/report.html.jinja" in files


def test_the_function_starts_the_job() -> None:
    plan = on_spark()
    variables = plan.one(FUNCTION).inputs["environment"]["variables"]
    settings = json.loads(variables["GROUNDPLAN_MONITOR"])
    assert settings["glue_job"] == "${watch-spark.name}"
    role = plan.one("aws:iam/rolePolicy:RolePolicy", "watch-role-policy").inputs["policy"]
    statement = policy(role)["StartSpark"]
    assert (statement["Action"], statement["Resource"]) == (
        ["glue:StartJobRun"],
        ["${watch-spark.arn}"],
    )


def test_the_job_may_do_what_its_check_needs() -> None:
    known = policy(
        on_spark().one("aws:iam/rolePolicy:RolePolicy", "watch-spark-policy").inputs["policy"]
    )
    bucket = "arn:aws:s3:::artifacts-1"
    assert known["ReadCode"]["Resource"] == [f"{bucket}/monitoring/watch.spark/*"]
    assert known["ClearWork"]["Resource"] == [f"{bucket}/monitoring/fraud/work/*"]
    assert known["PutMetrics"]["Condition"]["StringEquals"] == {
        "cloudwatch:namespace": "Groundplan/ModelMonitoring"
    }
    everything = [s["Sid"] for s in known.values() if "*" in s["Resource"]]
    assert everything == ["PutMetrics"]


def test_a_run_that_failed_is_in_the_queue_that_an_alarm_watches() -> None:
    plan = on_spark()
    pattern = json.loads(plan.one("aws:cloudwatch/eventRule:EventRule").inputs["eventPattern"])
    assert pattern["detail"] == {
        "jobName": ["${watch-spark.name}"],
        "state": ["ERROR", "FAILED", "STOPPED", "TIMEOUT"],
    }
    target = plan.one("aws:cloudwatch/eventTarget:EventTarget").inputs
    assert target["arn"] == "${watch-queue.arn}"
    allowed = policy(plan.one("aws:sqs/queuePolicy:QueuePolicy").inputs["policy"])
    condition = allowed["KeepUndeliveredEvents"]["Condition"]
    assert condition == {"ArnEquals": {"aws:SourceArn": ["${watch-spark-failed.arn}"]}}
    key = policy(plan.one("aws:kms/key:Key").inputs["policy"])
    assert "UseEvents" in key
    assert "UseEvents" not in policy(minimal().one("aws:kms/key:Key").inputs["policy"])


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"engine": "function", "spark": {}}, "spark"),
        ({"spark": {"workers": 1}}, "spark.workers"),
        ({"spark": {"worker_type": "Z.9X"}}, "spark.worker_type"),
        ({"spark": {"timeout_minutes": 1}}, "spark.timeout_minutes"),
        ({"spark": {"python_modules": []}}, "spark.python_modules"),
    ],
)
def test_what_is_refused(change: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        plan_of(**change)
    assert [problem.key for problem in caught.value.problems] == [key]


def costs(assumptions: Assumptions | None = None, **args: Any) -> Item:
    (found,) = [
        item
        for item in estimate(plan_of(**args).manifest, assumptions).items
        if item.name == "watch-spark"
    ]
    return found


def test_checks_on_spark_cost_the_dpu_hours_of_the_schedule() -> None:
    # 30.4 checks a month, of 4 workers of one DPU, 10 minutes each.
    assert costs().expected == pytest.approx(730 / 24 * 4 * 10 / 60 * 0.44)
    # The most: each up to its timeout, tried twice.
    assert costs().high == pytest.approx(730 / 24 * 4 * 2 * 2 * 0.44)
    assert "30.4 checks of 4 DPU" in costs().basis


def test_larger_workers_and_more_checks_cost_more() -> None:
    large = {"workers": 10, "worker_type": "G.2X"}
    assert costs(spark=large).expected == pytest.approx(5 * costs().expected)
    hourly = costs(schedule_expression="rate(1 hour)", window_hours=1)
    assert hourly.expected == pytest.approx(24 * costs().expected)


def test_a_short_timeout_limits_what_a_check_costs() -> None:
    short = costs(spark={"timeout_minutes": 5})
    assert short.expected == pytest.approx(costs().expected / 2)


@pytest.mark.parametrize(
    "assumptions",
    [
        Assumptions(glue_dpu_hours=100),
        Assumptions(resources={"watch-spark": {"glue_dpu_hours": 100}}),
    ],
)
def test_the_dpu_hours_of_checks_can_be_set(assumptions: Assumptions) -> None:
    assert costs(assumptions).expected == pytest.approx(44)


def test_checks_whose_schedule_is_not_counted_cost_the_assumed_hours() -> None:
    assert costs(schedule_expression="cron(0 3 L * ? *)").expected == pytest.approx(4.4)
