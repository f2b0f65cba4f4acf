"""Release targets, read from stack exports."""

from typing import Any

import pytest
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.target import KEYS, Target


def test_an_export_is_read_whole(export: dict[str, Any]) -> None:
    target = Target.read("churn", export | {"approval": {"required": True}, "gates": {"auc": 0.9}})

    assert target.audit_bucket == "artifacts"
    assert target.audit_prefix == "releases/"
    assert target.require_second_approver is True
    assert target.subnets == ("subnet-1", "subnet-2")
    assert target.rollback_alarms == ("churn-errors", "churn-latency")
    assert target.seconds() == 3600
    assert target.gates == {"auc": 0.9}


def test_null_is_as_good_as_absent(export: dict[str, Any]) -> None:
    optional = set(KEYS) - {
        "endpoint",
        "region",
        "variant",
        "role_arn",
        "model_package_group",
        "audit",
    }
    target = Target.read("churn", {**export, **dict.fromkeys(optional)})

    assert (
        target.capture,
        target.kms_key_arn,
        target.require_second_approver,
        target.instance_type,
    ) == (
        None,
        None,
        False,
        None,
    )
    assert target.network_isolation is True
    assert target.seconds() == 3600


def test_all_errors_are_reported_at_once(export: dict[str, Any]) -> None:
    del export["role_arn"]
    wrong = export | {"instance_count": "2", "enpoint": "x", "audit": {"prefix": "x"}}

    with pytest.raises(Refused) as caught:
        Target.read("churn", wrong)
    text = str(caught.value)
    assert text.startswith("The release target churn can't be read: 4 problems.")
    for message in (
        "role_arn is missing",
        'instance_count is "2"',
        "did you mean endpoint",
        "audit.bucket is missing",
    ):
        assert message in text


@pytest.mark.parametrize("data", [None, [], "churn"])
def test_what_is_no_mapping_is_refused(data: object) -> None:
    with pytest.raises(Refused, match="Allowed: a mapping"):
        Target.read("churn", data)


def test_what_a_model_endpoint_exports_is_read_too(export: dict[str, Any]) -> None:
    variant = {
        "VariantName": "primary",
        "InitialVariantWeight": 1,
        "InstanceType": "ml.m5.xlarge",
        "InitialInstanceCount": 2,
        "VolumeSizeInGB": 100,
        "RoutingConfig": {"RoutingStrategy": "RANDOM"},
    }
    queue = {"OutputConfig": {"S3OutputPath": "s3://artifacts/responses/"}}
    more = {"kind": "asynchronous", "production_variant": variant, "async_inference_config": queue}
    target = Target.read("churn", export | more | {"variant_settings": {"VolumeSizeInGB": 200}})

    assert target.variant_settings == {
        "VolumeSizeInGB": 200,
        "RoutingConfig": {"RoutingStrategy": "RANDOM"},
    }
    assert target.async_inference_config == queue


def test_rolling_updates_have_their_own_limit(export: dict[str, Any]) -> None:
    export["deployment_config"] = {
        "RollingUpdatePolicy": {"MaximumExecutionTimeoutInSeconds": 7200}
    }
    assert Target.read("churn", export).seconds() == 7200
