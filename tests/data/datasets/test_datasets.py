"""Datasets: grants of least privilege, events of publications, refusals."""

import json
from functools import cache
from typing import Any

import pulumi_aws as aws
import pytest
from groundplan import Datasets
from groundplan.arguments import InvalidArguments
from groundplan.testing import Plan, deploy, policy

BUCKET: Any = {
    "bucket_name": "artifacts-1",
    "bucket_arn": "arn:aws:s3:::artifacts-1",
    "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
}
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:retrain"
ROLE = "arn:aws:iam::123456789012:role/events"
RULE, TARGET = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
OBJECTS = "arn:aws:s3:::artifacts-1/datasets"


def plan_of(sets: dict[str, Any], then: Any = None, **args: Any) -> Plan:
    arguments: Any = {"bucket": BUCKET, "sets": sets, **args}

    def program() -> None:
        datasets = Datasets("data", arguments)
        if then:
            then(datasets)

    return deploy(program, region="us-east-1")


def granted(verb: str, *names: str) -> dict[str, Any]:
    """Returns the statements of a grant on datasets, by Sid."""
    plan = plan_of(
        {"clicks": {}, "users": {}},
        lambda datasets: getattr(datasets, f"grant_{verb}")("etl", list(names)),
    )
    return policy(plan.one(ROLE_POLICY, f"data-{verb}-etl").inputs["policy"])


@cache
def published() -> Plan:
    targets = {
        "people": {"arn": TOPIC, "text": True},
        "retraining": {"arn": MACHINE, "role_arn": ROLE, "tag_names": ["production"]},
    }
    return plan_of({"clicks": {"targets": targets}, "users": {}}, alarm_actions=[TOPIC])


def test_a_reader_reads_its_datasets_and_no_others() -> None:
    statements = granted("read", "clicks")
    assert statements["ReadObjects"]["Resource"] == [f"{OBJECTS}/clicks/*"]
    prefixes = statements["ListObjects"]["Condition"]["StringLike"]["s3:prefix"]
    assert prefixes == ["datasets/clicks/*"]
    actions = {a for s in statements.values() for a in s["Action"]}
    assert not {a for a in actions if "Put" in a or "Delete" in a or "GenerateDataKey" in a}


def test_a_writer_writes_objects_and_neither_versions_nor_tags() -> None:
    statements = granted("write", "clicks", "users")
    assert statements["WriteObjects"]["Resource"] == [
        f"{OBJECTS}/{name}/{folder}/*"
        for name in ("clicks", "users")
        for folder in ("data", "objects")
    ]
    resources = json.dumps([s["Resource"] for s in statements.values()])
    assert "versions" not in resources
    assert "tags" not in resources
    assert "s3:GetObject" not in json.dumps(list(statements.values()))


def test_a_publisher_writes_versions_once_and_tags_by_conditions_only() -> None:
    statements = granted("publish", "clicks")
    writes = {
        sid: (s["Resource"], s["Condition"])
        for sid, s in statements.items()
        if "s3:PutObject" in s["Action"]
    }
    folders = ("versions", "parts", "history", "statistics", "commits", "pins")
    versions = [f"{OBJECTS}/clicks/{folder}/*" for folder in folders]
    tags = f"{OBJECTS}/clicks/tags/*"
    assert writes == {
        "AddVersionsAndTags": ([*versions, tags], {"Null": {"s3:if-none-match": "false"}}),
        "MoveTags": ([tags], {"Null": {"s3:if-match": "false"}}),
    }
    assert "ReadObjects" in statements
    assert "s3:ListBucketVersions" in statements["ListObjects"]["Action"]
    assert "s3:GetLifecycleConfiguration" in statements["LocateBucket"]["Action"]


@pytest.mark.parametrize("verb", ["read", "write", "publish"])
def test_no_grant_deletes_data_versions_or_tags(verb: str) -> None:
    deleting = [
        s["Resource"] for s in granted(verb, "clicks").values() if "Delete" in str(s["Action"])
    ]
    pins = [f"{OBJECTS}/clicks/pins/*"]
    assert deleting == ([pins] if verb == "publish" else [])


def test_a_grant_on_an_unknown_dataset_is_refused() -> None:
    with pytest.raises(InvalidArguments, match="clicks"):
        granted("read", "click")


def test_a_grant_takes_a_role_and_names_its_policy_after_it() -> None:
    def grant(datasets: Datasets) -> None:
        role = aws.iam.Role("etl", assume_role_policy="{}")
        datasets.grant_write(role, "clicks")

    plan = plan_of({"clicks": {}}, grant)
    assert plan.one(ROLE_POLICY, "data-write-etl").inputs["role"] == "${etl.name}"


def test_a_role_whose_name_is_an_output_needs_a_name() -> None:
    def grant(datasets: Datasets) -> None:
        role = aws.iam.Role("etl", assume_role_policy="{}")
        datasets.grant_write(role.name, "clicks")

    with pytest.raises(InvalidArguments, match="name"):
        plan_of({"clicks": {}}, grant)


def test_without_targets_nothing_is_created() -> None:
    plan = plan_of({"clicks": {}})
    assert [r.name for r in plan.manifest if r.custom] == []
    assert plan.one("groundplan:index:Datasets").outputs == {
        "uris": {"clicks": "s3://artifacts-1/datasets/clicks/"},
    }


def test_a_publication_is_the_event_of_a_tag_that_moved() -> None:
    pattern = json.loads(published().one(RULE, "data-clicks").inputs["eventPattern"])
    assert pattern == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": ["artifacts-1"]},
            "object": {"key": [{"prefix": "datasets/clicks/tags/"}]},
        },
    }


def test_targets_of_some_tags_have_a_rule_of_their_own() -> None:
    (rule,) = (r for r in published().all(RULE).values() if r.name != "data-clicks")
    detail = json.loads(rule.inputs["eventPattern"])["detail"]
    assert detail["object"]["key"] == ["datasets/clicks/tags/production.json"]
    target = published().one(TARGET, "data-clicks-to-retraining")
    assert target.inputs["rule"] == f"${{{rule.name}.name}}"
    assert target.inputs["roleArn"] == ROLE
    assert "inputTransformer" not in target.inputs


def test_people_receive_a_sentence() -> None:
    target = published().one(TARGET, "data-clicks-to-people")
    assert "dataset clicks" in target.inputs["inputTransformer"]["inputTemplate"]


def test_what_reaches_nobody_is_kept_in_an_encrypted_queue_and_alarms() -> None:
    plan = published()
    for target in plan.all(TARGET).values():
        assert target.inputs["deadLetterConfig"] == {"arn": "${data-queue.arn}"}
    queue = plan.one("aws:sqs/queue:Queue").inputs
    assert queue["kmsMasterKeyId"] == "${data-key-key.arn}"
    assert queue["messageRetentionSeconds"] == 1_209_600
    allowed = policy(plan.one("aws:sqs/queuePolicy:QueuePolicy").inputs["policy"])
    rules = {r.name for r in plan.all(RULE).values()}
    source = allowed["KeepUndeliveredEvents"]["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert {arn.removeprefix("${").removesuffix(".arn}") for arn in source} == rules
    key = policy(plan.one("aws:kms/key:Key").inputs["policy"])
    assert key["UseEvents"]["Principal"] == {"Service": "events.amazonaws.com"}
    alarm = plan.one("aws:cloudwatch/metricAlarm:MetricAlarm", "data-undelivered").inputs
    assert alarm["alarmActions"] == [TOPIC]
    assert "docs/runbooks/dataset-publications.md" in alarm["alarmDescription"]


@pytest.mark.parametrize(
    ("sets", "key"),
    [
        ({}, "sets"),
        ({f"d{n}": {} for n in range(26)}, "sets"),
        ({"Clicks": {}}, "sets.Clicks"),
        ({"a/b": {}}, "sets.a/b"),
        ({"c" * 51: {}}, f"sets.{'c' * 51}"),
        ({"c": {"targets": {"t": {"arn": "arn:aws:ec2:x:1:vpc/v"}}}}, "sets.c.targets.t.arn"),
        ({"c": {"targets": {"t": {"arn": "alarms"}}}}, "sets.c.targets.t.arn"),
        ({"c": {"targets": {"t": {"arn": MACHINE}}}}, "sets.c.targets.t.role_arn"),
        (
            {"c": {"targets": {"t": {"arn": TOPIC, "role_arn": ROLE}}}},
            "sets.c.targets.t.role_arn",
        ),
        (
            {"c": {"targets": {"t": {"arn": TOPIC, "tag_names": ["a/b"]}}}},
            "sets.c.targets.t.tag_names[0]",
        ),
        ({"c": {"targets": {"t": {"arn": TOPIC, "tag_names": []}}}}, "sets.c.targets.t.tag_names"),
        ({"c": {"targets": {str(n): {"arn": TOPIC} for n in range(6)}}}, "sets.c.targets"),
    ],
)
def test_what_cannot_work_is_refused(sets: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidArguments) as refused:
        plan_of(sets)
    assert [p.key for p in refused.value.problems] == [key]


def test_names_that_fit_no_rule_are_refused_where_there_is_one() -> None:
    name = "c" * 40
    plan_of({name: {}})
    long: Any = {"bucket": BUCKET, "sets": {name: {"targets": {"t": {"arn": TOPIC}}}}}
    with pytest.raises(InvalidArguments, match="46"):
        deploy(lambda: Datasets("datasets", long), region="us-east-1")
