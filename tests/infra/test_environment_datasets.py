"""The datasets of an environment: the bucket keeps their versions, teams get their
access."""

import json
import pathlib
from functools import cache
from typing import Any

import pytest
import registration
from configuration import InvalidSettings, describe
from groundplan.testing import Plan, deploy, policy

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
TOPIC = "arn:aws:sns:us-east-1:123456789012:clicks"
SECTIONS: dict[str, Any] = {
    "datasets": {
        "sets": {"clicks": {"targets": {"team": {"arn": TOPIC}}}, "users": {}},
        "access": {
            "clicks": {"readers": ["vision"], "writers": ["vision"]},
            "users": {"readers": ["vision", "training"], "publishers": ["training"]},
        },
    },
    "training": {
        "administrators": ["arn:aws:iam::123456789012:role/platform"],
        "pools": {"cpu": {"instanceType": "m6i.xlarge", "maxSize": 2}},
        "teams": {"vision": {"members": ["vision"]}},
    },
    "monitoring": {"runbooksUrl": "https://example.com/runbooks"},
}


def described(sections: dict[str, Any]) -> Any:
    values = {f"groundplan:{key}": json.dumps(value) for key, value in sections.items()}
    return describe("groundplan", "test", {"aws:region": "us-east-1", **values})


@cache
def environment() -> Plan:
    return deploy(lambda: registration.register(described(SECTIONS)), region="us-east-1")


def problems(sections: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidSettings) as refused:
        described(sections)
    return {p.key.removeprefix("groundplan:"): str(p) for p in refused.value.problems}


def granted(name: str) -> str:
    return json.dumps(policy(environment().one(ROLE_POLICY, name).inputs["policy"]))


def test_the_bucket_keeps_the_versions_of_the_datasets() -> None:
    plan = environment()
    bucket = policy(
        plan.one("aws:s3/bucketPolicy:BucketPolicy", "artifacts-policy").inputs["policy"]
    )
    assert "datasets/clicks/versions/" in json.dumps(bucket["DenyOverwrites"]["Resource"])
    rules = plan.one(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "artifacts-lifecycle"
    ).inputs["rules"]
    noncurrent = {r["filter"]["prefix"] for r in rules if "noncurrentVersionExpiration" in r}
    assert "runs/" in noncurrent
    assert not {p for p in noncurrent if p == "" or p.startswith("datasets/")}


def test_a_team_has_one_policy_for_each_kind_of_access() -> None:
    reading = granted("datasets-read-vision")
    assert "datasets/clicks/*" in reading
    assert "datasets/users/*" in reading
    writing = granted("datasets-write-vision")
    assert "datasets/clicks/objects/*" in writing
    assert "users" not in writing
    assert "datasets/users/versions/*" in granted("datasets-publish-training")
    names = {r.name for r in environment().all(ROLE_POLICY).values()}
    assert {n for n in names if n.startswith("datasets-")} == {
        "datasets-read-vision",
        "datasets-read-training",
        "datasets-write-vision",
        "datasets-publish-training",
    }


def test_publications_that_reach_nobody_notify_the_topic_of_the_environment() -> None:
    alarm = environment().one("aws:cloudwatch/metricAlarm:MetricAlarm", "datasets-undelivered")
    assert (
        "https://example.com/runbooks/dataset-publications.md" in alarm.inputs["alarmDescription"]
    )
    assert alarm.inputs["alarmActions"]


SCRIPT = str(pathlib.Path(__file__).parents[2] / "examples" / "data-pipeline" / "clicks.py")
PIPELINE: dict[str, Any] = {
    "dataset": "clicks",
    "inputs": {"raw": "raw/clicks/"},
    "glue": {"script": SCRIPT, "network": {}},
    "triggers": {"objects": True, "datasets": ["users:production"]},
}


def test_a_pipeline_is_wired_to_the_bucket_the_topic_and_the_first_private_subnet() -> None:
    sections = {**SECTIONS, "pipelines": {"clicks": PIPELINE}}
    del sections["training"], sections["datasets"]
    sections["datasets"] = {"sets": {"clicks": {}, "users": {}}}
    found = described(sections)
    plan = deploy(lambda: registration.register(found), region="us-east-1")
    component = plan.one("groundplan:index:DataPipeline")
    assert component.name == "clicks-pipeline"
    connection = plan.one("aws:glue/connection:Connection").inputs
    place = connection["physicalConnectionRequirements"]
    assert place["subnetId"].startswith("${network-private-")
    assert place["availabilityZone"]
    alarm = plan.one("aws:cloudwatch/metricAlarm:MetricAlarm", "clicks-pipeline-failed").inputs
    assert alarm["alarmActions"]
    assert "https://example.com/runbooks/pipeline-failed.md" in alarm["alarmDescription"]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"dataset": "orders"}, "pipelines.clicks.dataset"),
        ({"triggers": {"datasets": ["orders:latest"]}}, "pipelines.clicks.triggers.datasets[0]"),
        ({"glue": {"script": "nowhere.py"}}, "pipelines.clicks.glue.script"),
        ({"inputs": {"raw": "datasets/usres/data/"}}, "pipelines.clicks.inputs.raw"),
    ],
)
def test_a_pipeline_of_nothing_is_refused(changes: dict[str, Any], key: str) -> None:
    assert key in problems({**SECTIONS, "pipelines": {"clicks": {**PIPELINE, **changes}}})


def test_two_pipelines_do_not_move_the_same_tag() -> None:
    twice = {"clicks": PIPELINE, "again": PIPELINE}
    assert "pipelines.again.tag" in problems({**SECTIONS, "pipelines": twice})


def test_a_pipeline_needs_the_events_that_begin_it() -> None:
    silent = {**SECTIONS, "artifacts": {"eventNotifications": False}}
    found = problems({**silent, "pipelines": {"clicks": PIPELINE}})
    assert "pipelines.clicks.triggers.objects" in found


def test_folders_of_pipelines_are_theirs() -> None:
    endpoints = {
        "churn": {
            "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4",
            "instanceType": "ml.m5.large",
            "capture": {"prefix": "quarantine/"},
        }
    }
    found = problems({**SECTIONS, "pipelines": {"clicks": PIPELINE}, "endpoints": endpoints})
    assert "endpoints.churn.capture.prefix" in found


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"training": None}, "datasets.access.clicks"),
        ({"datasets": {"sets": {"users": {}}, "access": {"user": {}}}}, "datasets.access.user"),
        (
            {"datasets": {"sets": {"a": {}}, "access": {"a": {"readers": ["nobody"]}}}},
            "datasets.access.a.readers[0]",
        ),
        ({"artifacts": {"eventNotifications": False}}, "datasets.sets.clicks.targets"),
        (
            {"artifacts": {"lifecycle": {"expire": {"datasets/users/": 3}}}},
            "artifacts.lifecycle.expire.datasets/users/",
        ),
        (
            {
                "artifacts": {
                    "replication": {
                        "bucketArn": "arn:aws:s3:::copies",
                        "kmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/a-b",
                        "prefix": "datasets/users/objects/",
                    }
                }
            },
            "artifacts.replication.prefix",
        ),
        ({"datasets": {"sets": {"Users": {}}}}, "datasets.sets.Users"),
    ],
)
def test_what_cannot_work_is_refused(changes: dict[str, Any], key: str) -> None:
    sections = {k: v for k, v in {**SECTIONS, **changes}.items() if v is not None}
    assert key in problems(sections)


HELD_OUT = "churn-held-out:latest"
RETRAINED: dict[str, Any] = {
    "models": {"groups": {"churn": {"description": "Who may leave"}}},
    "endpoints": {
        "churn": {
            "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1",
            "instanceType": "ml.m5.large",
            "release": "registry",
            "modelPackageGroup": "churn",
        }
    },
    "retraining": {
        "churn": {
            "dataset": "churn:latest",
            "training": {
                "job": "churn",
                "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn@sha256:" + "0" * 64,
                "instanceType": "ml.m5.xlarge",
                "maxRuntimeSeconds": 3600,
            },
            "evaluation": {"heldOut": HELD_OUT},
            "budgetUsdPerMonth": 100,
        }
    },
}


def retrained(**changes: Any) -> dict[str, Any]:
    sections: dict[str, Any] = {**json.loads(json.dumps(RETRAINED)), **changes}
    return {key: value for key, value in sections.items() if value is not None}


def test_what_retrains_a_model_names_datasets_of_the_environment() -> None:
    sets: dict[str, Any] = {"sets": {"churn": {}, "churn-held-out": {}}}
    assert described(retrained(datasets=sets)).components


def test_without_a_section_of_datasets_any_may_be_named() -> None:
    assert described(retrained()).components


@pytest.mark.parametrize(
    ("sets", "keys", "words"),
    [
        (["chrun", "churn-held-out"], ["dataset"], "write chrun:latest"),
        (["churn", "held-out"], ["evaluation.heldOut"], "add it to datasets.sets"),
    ],
)
def test_a_dataset_that_the_environment_does_not_have_is_refused(
    sets: list[str], keys: list[str], words: str
) -> None:
    found = problems(retrained(datasets={"sets": {name: {} for name in sets}}))
    assert sorted(found) == [f"retraining.churn.{key}" for key in keys]
    assert words in found[f"retraining.churn.{keys[0]}"]


def test_a_folder_of_a_bucket_is_no_name_of_a_dataset() -> None:
    sections = retrained(datasets={"sets": {"churn": {}}})
    sections["retraining"]["churn"]["evaluation"]["heldOut"] = "s3://bucket/held-out/"
    assert described(sections).components
