from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.data_protected import RULE

KINDS = [
    "aws:s3/bucket:Bucket",
    "aws:kms/key:Key",
    "aws:rds/instance:Instance",
    "kubernetes:core/v1:PersistentVolumeClaim",
]

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{"protect": True}, {"retainOnDelete": True}])
def test_what_is_protected_or_kept_complies(
    build: Build, check_rule: CheckRule, kind: str, options: dict[str, Any]
) -> None:
    assert check_rule(RULE, build(kind, "data", **options)) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{}, {"protect": False, "retainOnDelete": False}])
def test_what_is_not_is_named(
    build: Build, check_rule: CheckRule, kind: str, options: dict[str, Any]
) -> None:
    resource = build(kind, "data", **options)
    (breach,) = check_rule(RULE, resource)
    assert (breach.urn, breach.property) == (resource.urn, "protect")


@pytest.mark.parametrize(
    ("kind", "inputs", "reason"),
    [
        (
            "aws:s3/bucket:Bucket",
            {},
            (
                "bucket data is not protected: it is deleted if it is empty, once it leaves the "
                "program"
            ),
        ),
        (
            "aws:s3/bucket:Bucket",
            {"forceDestroy": True},
            (
                "bucket data is not protected: it is deleted, with all objects in it, once it leaves "  # noqa: E501
                "the program"
            ),
        ),
        (
            "aws:kms/key:Key",
            {},
            (
                "encryption key data is not protected: what it encrypted can't be read any more "
                "once it leaves the program"
            ),
        ),
        (
            "aws:efs/fileSystem:FileSystem",
            {},
            (
                "file system data is not protected: it is deleted, with all files in it, once it "
                "leaves the program"
            ),
        ),
    ],
)
def test_the_reason_names_what_would_be_lost(
    build: Build, check_rule: CheckRule, kind: str, inputs: dict[str, Any], reason: str
) -> None:
    (breach,) = check_rule(RULE, build(kind, "data", inputs))
    assert breach.reason == reason


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("aws:rds/instance:Instance", {"deletionProtection": True}),
        ("aws:dynamodb/table:Table", {"deletionProtectionEnabled": True}),
        ("aws:dynamodb/table:Table", {"deletionProtectionEnabled": "${unknown}"}),
        ("aws:cognito/userPool:UserPool", {"deletionProtection": "ACTIVE"}),
    ],
)
def test_what_aws_itself_refuses_to_delete_complies(
    build: Build, check_rule: CheckRule, kind: str, inputs: dict[str, Any]
) -> None:
    assert check_rule(RULE, build(kind, "data", inputs)) == []
    assert len(check_rule(RULE, build(kind, "data"))) == 1


def test_it_is_about_what_holds_data_only(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(RULE, build("aws:sns/topic:Topic"), build("aws:s3/bucketPolicy:BucketPolicy"))
        == []
    )


@pytest.mark.parametrize(
    ("kind", "spec", "count"),
    [
        ("PersistentVolume", {}, 0),
        ("PersistentVolume", {"persistentVolumeReclaimPolicy": "Retain"}, 0),
        ("PersistentVolume", {"persistentVolumeReclaimPolicy": "Delete"}, 1),
        ("PersistentVolumeClaim", {"storageClassName": "", "volumeName": "scratch"}, 0),
        ("PersistentVolumeClaim", {"storageClassName": "gp3"}, 1),
        ("PersistentVolumeClaim", {}, 1),
    ],
)
def test_an_object_that_only_leads_to_data_needs_no_protection(
    build: Callable[..., Resource],
    check_rule: Callable[..., list[Breach]],
    kind: str,
    spec: Any,
    count: int,
) -> None:
    assert (
        len(check_rule(RULE, build(f"kubernetes:core/v1:{kind}", "scratch", {"spec": spec})))
        == count
    )


def test_a_tracking_server_holds_data(
    build: Callable[..., Resource], check_rule: Callable[..., list[Breach]]
) -> None:
    for kind, name in (
        ("aws:sagemaker/mlflowApp:MlflowApp", "MLflow app"),
        ("aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer", "MLflow server"),
    ):
        assert check_rule(RULE, build(kind, "runs", protect=True)) == []
        (breach,) = check_rule(RULE, build(kind, "runs"))
        assert breach.reason.startswith(f"{name} runs is not protected")
