"""IAM permissions of releases, by target."""

import datetime
from typing import Any

import pytest
from groundplan.lambda_functions.permissions import Place
from groundplan.release.component import permissions
from groundplan.release.engine import plan, registry
from groundplan.release.engine.target import Target

PLACE = Place("aws", "eu-west-1", "123456789012")
ACCOUNT = "arn:aws:sagemaker:eu-west-1:123456789012:"


def target(**more: Any) -> dict[str, Any]:
    return {"endpoint": "churn", "role_arn": "arn:role", "model_package_group": "churn", **more}


def statements_by_sid(**more: Any) -> dict[str, Any]:
    return {
        str(statement["Sid"]): statement
        for statement in permissions.statements({"churn": target(**more)}, PLACE)
    }


@pytest.mark.parametrize(
    "endpoint", ["churn", "e" * 40, "e" * 41, "e" * 63, f"{'e' * 39}-{'x' * 20}"]
)
@pytest.mark.parametrize("version", [1, 99_999_999])
def test_models_and_configurations_have_names_that_the_role_may_give(
    endpoint: str, version: int
) -> None:
    arn = f"arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/{version}"
    export = {
        **target(endpoint=endpoint),
        "region": "eu-west-1",
        "variant": "primary",
        "audit": {"bucket": "artifacts"},
    }
    registered = registry.Version(
        version,
        arn,
        registry.APPROVED,
        "Completed",
        datetime.datetime.now(datetime.UTC).isoformat(),
    )
    name = plan._name(Target.read("churn", export), registered, {})

    assert name.startswith(permissions.release_prefix(endpoint).removesuffix("*"))
    assert len(name) <= 63


def test_arns_are_in_lower_case() -> None:
    policy = statements_by_sid(endpoint="Churn")
    assert policy["CallEndpoints"]["Resource"] == [
        f"{ACCOUNT}endpoint/Churn",
        f"{ACCOUNT}endpoint/churn",
    ]


def test_a_group_can_be_another_accounts() -> None:
    policy = statements_by_sid(
        model_package_group="arn:aws:sagemaker:eu-west-1:210987654321:model-package-group/churn"
    )
    assert policy["UseVersions"]["Resource"] == [
        "arn:aws:sagemaker:eu-west-1:210987654321:model-package/churn/*"
    ]


def test_volumes_are_encrypted_with_keys_that_targets_name() -> None:
    assert "EncryptVolumes" not in statements_by_sid()
    policy = statements_by_sid(kms_key_arn="arn:volumes")
    assert policy["EncryptVolumes"]["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    assert policy["LookAtVolumeKeys"]["Resource"] == ["arn:volumes"]


def test_smoke_tests_read_requests_and_create_no_endpoint() -> None:
    assert "ReadRecordedRequests" not in statements_by_sid(gates={"metrics": {}})
    policy = statements_by_sid(gates={"smoke": {"payloads": "s3://tests/churn/"}})
    assert policy["ReadRecordedRequests"]["Resource"] == ["arn:aws:s3:::tests/churn/*"]
    assert policy["FindRecordedRequests"]["Resource"] == ["arn:aws:s3:::tests"]
    policy = statements_by_sid(
        gates={"smoke": {"payloads": "s3://tests/churn.jsonl", "staging": True}}
    )
    assert policy["ReadRecordedRequests"]["Resource"] == ["arn:aws:s3:::tests/churn.jsonl"]
    # The caller of `groundplan release gate --smoke` creates the endpoint, not the
    # function.
    actions = {action for statement in policy.values() for action in statement["Action"]}
    assert not {
        action
        for action in actions
        if action.startswith(("sagemaker:CreateEndpoint", "sagemaker:Delete"))
    } - {"sagemaker:CreateEndpointConfig"}
