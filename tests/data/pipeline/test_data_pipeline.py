"""DataPipeline: the job, least-privilege roles, triggers, alarms, refusals."""

import json
import pathlib
from functools import cache
from typing import Any

import pytest
from groundplan import DataPipeline
from groundplan.arguments import InvalidArguments
from groundplan.data.pipeline.engine.settings import PipelineSettings
from groundplan.data.pipeline.script_rules import script_problems
from groundplan.data.quality import rules
from groundplan.testing import Plan, deploy, policy

ROOT = pathlib.Path(__file__).parents[3]
SCRIPT = str(ROOT / "examples" / "data-pipeline" / "clicks.py")
BUCKET: Any = {
    "bucket_name": "artifacts-1",
    "bucket_arn": "arn:aws:s3:::artifacts-1",
    "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/bucket",
}
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
MINIMAL: dict[str, Any] = {
    "bucket": BUCKET,
    "dataset": "clicks",
    "inputs": {"raw": "raw/clicks/"},
    "glue": {"script": SCRIPT},
}
JOB, ROLE_POLICY = "aws:glue/job:Job", "aws:iam/rolePolicy:RolePolicy"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
RULE, TARGET = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"
S3 = "arn:aws:s3:::artifacts-1"


def plan_of(**args: Any) -> Plan:
    arguments: Any = {**MINIMAL, **args}
    return deploy(
        lambda: DataPipeline("etl", arguments), project="ml", stack="prod", region="us-east-1"
    )


@cache
def minimal() -> Plan:
    return plan_of()


@cache
def complete() -> Plan:
    return plan_of(
        tag="candidate",
        glue={
            "script": SCRIPT,
            "worker_type": "G.2X",
            "workers": 10,
            "timeout_minutes": 120,
            "retries": 2,
            "bookmarks": True,
            "arguments": {"country": "DE"},
            "python_modules": ["pyarrow==21.0.0", "s3://wheels/own-1-py3-none-any.whl"],
            "network": {
                "vpc_id": "vpc-1",
                "subnet_id": "subnet-1",
                "availability_zone": "us-east-1a",
            },
        },
        triggers={
            "schedule_expression": "rate(1 day)",
            "objects": True,
            "datasets": ["users:production"],
            "settle_minutes": 2,
            "expected_within_hours": 26,
        },
        limits={"dpu_hours_per_run": 10.0, "dpu_hours_per_month": 200.0},
        catalog={
            "tables": {"clicks": {"columns": {"id": "string", "price": "double"}}},
            "scan_limit_gb": 2.5,
        },
        alarm_actions=[TOPIC],
        runbooks_url="https://git.example.com/runbooks",
        kms_key_arn=KEY,
        tracing=True,
    )


def statements(plan: Plan, role: str) -> dict[str, Any]:
    return policy(plan.one(ROLE_POLICY, f"etl-{role}").inputs["policy"])


def test_children_belong_to_the_component_and_its_outputs_name_them() -> None:
    plan = minimal()
    component = plan.one("groundplan:index:DataPipeline", "etl")
    mine = {resource.name for resource in plan.manifest if plan.parent(resource) == component}
    roles = "key logs queue queue-policy job-script encryption job-role job-error job-output"
    roles += " job-policy job role role-policy function failed-events"
    roles += " machine-logs machine-role machine-policy machine"
    roles += " failed timed-out over-limit over-limit-count undelivered"
    assert mine == {f"etl-{role}" for role in roles.split()}
    assert component.outputs == {
        "stateMachineArn": "${etl-machine.arn}",
        "jobName": "${etl-job.name}",
        "jobRoleArn": "${etl-job-role.arn}",
        "queueUrl": "${etl-queue.url}",
    }


def test_the_script_is_in_the_bucket_under_its_digest() -> None:
    script = minimal().one("aws:s3/bucketObjectv2:BucketObjectv2", "etl-job-script").inputs
    assert script["key"].startswith("pipelines/etl/scripts/")
    assert script["content"] == pathlib.Path(SCRIPT).read_text()
    command = minimal().one(JOB).inputs["command"]
    assert command["scriptLocation"] == f"s3://artifacts-1/{script['key']}"
    function = minimal().one("aws:lambda/function:Function").inputs
    settings = PipelineSettings.read(function["environment"]["variables"]["GROUNDPLAN_PIPELINE"])
    assert script["key"] == f"pipelines/etl/scripts/{settings.script}.py"
    assert settings.folder == "datasets/clicks/data/etl/"
    assert settings.jobs == ("${etl-job.name}",)


def test_a_run_takes_no_more_than_its_dpu_hours() -> None:
    # 10 workers of 2 DPU: 10 DPU hours are 30 minutes, of the 120 that are set.
    assert complete().one(JOB).inputs["timeout"] == 30
    assert minimal().one(JOB).inputs["timeout"] == 60
    function = complete().one("aws:lambda/function:Function").inputs
    settings = PipelineSettings.read(function["environment"]["variables"]["GROUNDPLAN_PIPELINE"])
    assert settings.most_dpu_hours == 30  # with two retries
    assert settings.dpu_hours_per_month == 200


def test_the_job_is_encrypted_logged_and_retried_by_the_state_machine_only() -> None:
    plan = minimal()
    job = plan.one(JOB).inputs
    assert job["maxRetries"] == 0
    assert job["executionProperty"] == {"maxConcurrentRuns": 1}
    assert job["securityConfiguration"] == "${etl-encryption.name}"
    assert job["defaultArguments"]["--job-bookmark-option"] == "job-bookmark-disable"
    encryption = plan.one("aws:glue/securityConfiguration:SecurityConfiguration").inputs
    modes = encryption["encryptionConfiguration"]
    assert modes["s3Encryption"]["kmsKeyArn"] == BUCKET["kms_key_arn"]
    assert modes["jobBookmarksEncryption"]["jobBookmarksEncryptionMode"] == "CSE-KMS"
    assert modes["cloudwatchEncryption"]["kmsKeyArn"] == "${etl-key-key.arn}"
    log = plan.one("aws:cloudwatch/logGroup:LogGroup", "etl-job-error").inputs
    name = "/aws-glue/jobs/ml-prod-etl/${etl-encryption.name}-role/${etl-job-role.name}/error"
    assert log["name"] == name
    assert log["retentionInDays"] == 90


def test_what_is_set_reaches_the_job() -> None:
    job = complete().one(JOB).inputs
    assert (job["workerType"], job["numberOfWorkers"]) == ("G.2X", 10)
    arguments = job["defaultArguments"]
    assert arguments["--country"] == "DE"
    assert arguments["--job-bookmark-option"] == "job-bookmark-enable"
    assert arguments["--additional-python-modules"].startswith("pyarrow==21.0.0,s3://")
    assert arguments["--datalake-formats"] == "iceberg"
    assert job["connections"] == ["${etl-connection.name}"]


def test_the_job_reads_its_inputs_and_writes_its_own_folder_only() -> None:
    found = statements(minimal(), "job-policy")
    own = [f"{S3}/datasets/clicks/data/etl/*", f"{S3}/pipelines/etl/temporary/*"]
    assert found["WriteData"]["Resource"] == own
    assert found["ReadInputs"]["Resource"] == [*own, f"{S3}/raw/clicks/*"]
    listed = found["ListInputs"]["Condition"]["StringLike"]["s3:prefix"]
    assert listed == ["datasets/clicks/data/etl/*", "pipelines/etl/temporary/*", "raw/clicks/*"]
    everything = [sid for sid, statement in found.items() if "*" in statement["Resource"]]
    assert everything == ["WriteMetrics"]
    assert "tags/" not in json.dumps(list(found.values()))
    assert "ReadWheels" not in found


def test_a_job_with_bookmarks_may_encrypt_them() -> None:
    found = statements(complete(), "job-policy")
    assert found["EncryptBookmarks"]["Action"] == ["kms:Encrypt"]
    assert found["EncryptBookmarks"]["Resource"] == found["UseKey"]["Resource"]
    assert "EncryptBookmarks" not in statements(minimal(), "job-policy")


def test_a_job_in_a_vpc_may_create_interfaces_in_its_subnet_only() -> None:
    found = statements(complete(), "job-policy")
    resources = found["CreateInterfaces"]["Resource"]
    assert any(arn.endswith(":subnet/subnet-1") for arn in resources)
    assert any(arn.endswith(":security-group/${etl-security-group.id}") for arn in resources)
    assert "ec2:Subnet" in json.dumps(found["DeleteInterfaces"]["Condition"])
    assert found["ReadWheels"]["Resource"] == ["arn:aws:s3:::wheels/own-1-py3-none-any.whl"]
    rules = complete().all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    (ingress,) = rules.values()
    assert ingress.inputs["referencedSecurityGroupId"] == "${etl-security-group.id}"


def test_the_function_publishes_its_dataset_and_counts_its_job_only() -> None:
    found = statements(complete(), "role-policy")
    assert "datasets/clicks/versions/*" in json.dumps(found["AddVersionsAndTags"]["Resource"])
    assert found["CopyObjects"]["Resource"] == [f"{S3}/datasets/clicks/objects/copies/*"]
    assert found["CountHours"]["Resource"] == ["${etl-job.arn}"]
    assert found["ReadParents"]["Resource"] == [f"{S3}/datasets/users/*"]
    (machine,) = found["ListRuns"]["Resource"]
    assert machine.endswith(":stateMachine:etl-machine-*")


def test_tables_are_iceberg_and_queries_have_a_limit() -> None:
    plan = complete()
    table = plan.one("aws:glue/catalogTable:CatalogTable", "etl-clicks")
    iceberg = table.inputs["openTableFormatInput"]["icebergInput"]
    assert iceberg == {"metadataOperation": "CREATE", "version": "2"}
    location = "s3://artifacts-1/datasets/clicks/data/etl/tables/clicks"
    assert table.inputs["storageDescriptor"]["location"] == location
    assert table.option("protect")
    settings = plan.one("aws:athena/workgroup:Workgroup").inputs["configuration"]
    assert settings["bytesScannedCutoffPerQuery"] == 2_500_000_000
    assert settings["enforceWorkgroupConfiguration"] is True
    results = settings["resultConfiguration"]["encryptionConfiguration"]
    assert results == {"encryptionOption": "SSE_KMS", "kmsKeyArn": BUCKET["kms_key_arn"]}
    used = statements(plan, "job-policy")["UseTables"]["Resource"]
    assert [arn.split(":")[-1] for arn in used] == [
        "catalog",
        "database/ml_prod_etl",
        "table/ml_prod_etl/clicks",
    ]


def test_objects_publications_and_a_schedule_begin_runs_and_keep_what_they_could_not() -> None:
    plan = complete()
    patterns = {r.name: json.loads(r.inputs["eventPattern"]) for r in plan.all(RULE).values()}
    keys = {name: p["detail"]["object"]["key"] for name, p in patterns.items()}
    assert keys == {
        "etl-objects": [{"prefix": "raw/clicks/"}],
        "etl-datasets": ["datasets/users/tags/production.json"],
    }
    for target in plan.all(TARGET).values():
        assert target.inputs["arn"] == "${etl-machine.arn}"
        assert target.inputs["deadLetterConfig"] == {"arn": "${etl-queue.arn}"}
        assert "etl-queue-policy" in plan.dependencies(target)
    schedule = plan.one("aws:scheduler/schedule:Schedule").inputs
    assert schedule["scheduleExpression"] == "rate(1 day)"
    assert schedule["target"]["deadLetterConfig"] == {"arn": "${etl-queue.arn}"}
    started = statements(plan, "events-policy")
    assert started["StartRuns"]["Resource"] == ["${etl-machine.arn}"]


def test_the_alarms_have_runbooks_and_notify() -> None:
    plan = complete()
    alarms = plan.all(ALARM)
    roles = {alarm.name.removeprefix("etl-") for alarm in alarms.values()}
    assert roles == {"failed", "timed-out", "over-limit", "undelivered", "late"}
    for alarm in alarms.values():
        assert alarm.inputs["alarmActions"] == [TOPIC]
        runbook = alarm.inputs["alarmDescription"].rsplit("/", 1)[-1]
        assert (ROOT / "docs" / "runbooks" / runbook).is_file(), runbook
    late = plan.one(ALARM, "etl-late").inputs
    assert (late["evaluationPeriods"], late["period"]) == (26, 3600)
    assert late["treatMissingData"] == "breaching"


def test_an_existing_key_replaces_the_own_one() -> None:
    assert not complete().all("aws:kms/key:Key")
    machine = complete().one("aws:sfn/stateMachine:StateMachine").inputs
    assert machine["encryptionConfiguration"]["kmsKeyId"] == KEY


@cache
def checked() -> Plan:
    return plan_of(
        inputs={"raw": "raw/clicks/", "users": "raw/users/"},
        quality={
            "columns": {
                "id": {"unique": True},
                "user": {"references": {"input": "users", "column": "id"}},
            }
        },
    )


def test_the_check_has_a_role_of_its_own_that_writes_results_only() -> None:
    plan = checked()
    found = statements(plan, "check-policy")
    writes = [s["Resource"] for s in found.values() if "s3:PutObject" in s["Action"]]
    assert writes == [[f"{S3}/quality/clicks/etl/*"]]
    read = [f"{S3}/datasets/clicks/data/etl/*", f"{S3}/raw/users/*"]
    assert found["ReadInputs"]["Resource"] == read
    assert found["ReadInputs"]["Action"] == ["s3:GetObject"]  # nothing at a version
    assert "quality/" not in json.dumps(list(statements(plan, "job-policy").values()))


def test_the_check_evaluates_the_rules_as_a_ruleset() -> None:
    job = checked().one(JOB, "etl-check").inputs
    arguments = job["defaultArguments"]
    asked = rules.read(arguments["--rules"])
    assert [rule.name for rule in asked] == ["rows 1", "id: unique", "user: references users.id"]
    assert "\n" not in arguments["--rules"]
    assert json.loads(arguments["--references"]) == {"users": "s3://artifacts-1/raw/users/"}
    script = checked().one("aws:s3/bucketObjectv2:BucketObjectv2", "etl-check-script").inputs
    assert "from groundplan.data.quality.glue_check import main" in script["content"]
    code = checked().one("aws:s3/bucketObjectv2:BucketObjectv2", "etl-check-code").inputs
    assert arguments["--extra-py-files"] == f"s3://artifacts-1/{code['key']}"
    read = statements(checked(), "check-policy")
    assert f"{S3}/{code['key']}" in read["ReadScript"]["Resource"]
    assert read["ReadStatistics"]["Resource"] == [f"{S3}/datasets/clicks/statistics/*"]
    machine = checked().one("aws:sfn/stateMachine:StateMachine").inputs
    check = json.loads(machine["definition"])["States"]["Check"]
    assert check["Parameters"]["JobName"] == "${etl-check.name}"


def test_the_function_moves_bad_runs_and_its_alarm_has_a_runbook() -> None:
    found = statements(checked(), "role-policy")
    assert found["EmptyRuns"]["Resource"] == [f"{S3}/datasets/clicks/data/etl/*"]
    assert f"{S3}/quarantine/clicks/etl/*" in found["WriteResults"]["Resource"]
    assert found["CountHours"]["Resource"] == ["${etl-job.arn}", "${etl-check.arn}"]
    assert "EmptyRuns" not in statements(minimal(), "role-policy")
    alarm = checked().one(ALARM, "etl-quarantined").inputs
    assert alarm["dimensions"] == {"Dataset": "clicks", "Pipeline": "etl"}
    assert "docs/runbooks/data-quality.md" in alarm["alarmDescription"]
    assert (ROOT / "docs" / "runbooks" / "data-quality.md").is_file()


def test_the_check_counts_among_the_dpu_hours_of_a_run() -> None:
    function = checked().one("aws:lambda/function:Function").inputs
    settings = PipelineSettings.read(function["environment"]["variables"]["GROUNDPLAN_PIPELINE"])
    assert settings.most_dpu_hours == 8  # 2 of the job and 2 of the check, tried twice
    assert settings.jobs == ("${etl-job.name}", "${etl-check.name}")


def test_an_argument_that_the_component_passes_itself_is_refused() -> None:
    job = complete().one(JOB).inputs["defaultArguments"]
    own = [name.removeprefix("--") for name in job if name != "--country"]
    own += ["version-users", "input-raw", "job-bookmark-from", "mode"]
    with pytest.raises(InvalidArguments) as refused:
        plan_of(glue={"script": SCRIPT, "arguments": dict.fromkeys(own, "x")})
    assert [p.key for p in refused.value.problems] == [f"glue.arguments.{name}" for name in own]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"quality": {"columns": {"a": {"complete": 2.0}}}}, "quality.columns.a.complete"),
        (
            {"quality": {"columns": {"a": {"references": {"input": "x", "column": "id"}}}}},
            "quality.columns.a.references.input",
        ),
        (
            {
                "inputs": {"users": "datasets/users/"},
                "quality": {
                    "columns": {"a": {"references": {"input": "users", "column": "id"}}},
                },
            },
            "quality.columns.a.references.input",
        ),
        ({"dataset": "Clicks"}, "dataset"),
        ({"tag": "a/b"}, "tag"),
        ({"inputs": {}}, "inputs"),
        ({"inputs": {"raw": ""}}, "inputs.raw"),
        ({"inputs": {"raw": "raw"}}, "inputs.raw"),
        ({"inputs": {f"i{n}": f"{'f' * 40}{n}/" for n in range(60)}}, "inputs"),
        ({"triggers": {"datasets": [f"d{n}:a" for n in range(21)]}}, "triggers.datasets"),
        ({"inputs": {"a b": "raw/"}}, "inputs.a b"),
        ({"inputs": {"raw": "datasets/clicks/data/"}}, "inputs.raw"),
        ({"inputs": {"raw": "datasets/"}}, "inputs.raw"),
        ({"inputs": {"raw": "quality/"}}, "inputs.raw"),
        ({"inputs": {"raw": "quarantine/clicks/etl/"}}, "inputs.raw"),
        ({"inputs": {"raw": "pipelines/etl/temporary/"}}, "inputs.raw"),
        ({"glue": {"script": "nowhere.py"}}, "glue.script"),
        ({"glue": {"script": SCRIPT, "workers": 1}}, "glue.workers"),
        ({"glue": {"script": SCRIPT, "glue_version": "4.0"}}, "glue.glue_version"),
        ({"glue": {"script": SCRIPT, "retries": 6}}, "glue.retries"),
        ({"glue": {"script": SCRIPT, "timeout_minutes": 4}}, "glue.timeout_minutes"),
        ({"glue": {"script": SCRIPT, "arguments": {"output": "x"}}}, "glue.arguments.output"),
        ({"glue": {"script": SCRIPT, "arguments": {"--a": "x"}}}, "glue.arguments.--a"),
        ({"glue": {"script": SCRIPT, "python_modules": ["pyarrow"]}}, "glue.python_modules[0]"),
        ({"triggers": {"schedule_expression": "daily"}}, "triggers.schedule_expression"),
        ({"triggers": {"datasets": ["users"]}}, "triggers.datasets[0]"),
        ({"triggers": {"datasets": ["clicks:latest"]}}, "triggers.datasets[0]"),
        ({"triggers": {"settle_minutes": 0}}, "triggers.settle_minutes"),
        ({"limits": {"dpu_hours_per_run": 0.1}}, "limits.dpu_hours_per_run"),
        ({"limits": {"dpu_hours_per_run": 0.0}}, "limits.dpu_hours_per_run"),
        ({"limits": {"dpu_hours_per_month": 3.0}}, "limits.dpu_hours_per_month"),
        ({"catalog": {"tables": {}}}, "catalog.tables"),
        ({"catalog": {"tables": {"A": {"columns": {"a": "string"}}}}}, "catalog.tables.A"),
        ({"catalog": {"tables": {"a": {"columns": {}}}}}, "catalog.tables.a.columns"),
        (
            {"catalog": {"tables": {"a": {"columns": {"b": "strng"}}}}},
            "catalog.tables.a.columns.b",
        ),
        ({"log_retention_days": 2}, "log_retention_days"),
    ],
)
def test_what_cannot_work_is_refused(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidArguments) as refused:
        plan_of(**changes)
    assert [p.key for p in refused.value.problems] == [key]


@pytest.mark.parametrize("name", ["Etl", "e" * 41, "a_b"])
def test_a_name_that_folders_and_roles_cannot_have_is_refused(name: str) -> None:
    arguments: Any = MINIMAL
    with pytest.raises(InvalidArguments, match="name"):
        deploy(lambda: DataPipeline(name, arguments), region="us-east-1")


@pytest.mark.parametrize(
    ("content", "fix"),
    [
        (b"import\n", "correct line 1: "),
        (b"x = '\xff'\n", "save it as UTF-8: "),
        (b"\x00", "null"),
    ],
)
def test_a_script_that_is_no_python_is_refused(
    content: bytes, fix: str, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "job.py"
    file.write_bytes(content)
    (problem,) = script_problems({"script": str(file)})
    assert (problem.key, problem.value) == ("script", str(file))
    assert fix in problem.fix
