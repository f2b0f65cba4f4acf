import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.serving.model_endpoint.args import ModelEndpointArgs
from groundplan.serving.model_endpoint.model_endpoint import ModelEndpoint
from groundplan.testing import Plan, deploy, policy

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/fraud:1.4.2"
MINIMAL: ModelEndpointArgs = {"image": IMAGE, "instance_type": "ml.m5.large"}
ARTIFACTS = {
    "bucket_name": "artifacts-1",
    "bucket_arn": "arn:aws:s3:::artifacts-1",
    "kms_key_arn": "arn:artifact-key",
}
ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/rolePolicy:RolePolicy"
EC2 = "arn:aws:ec2:us-east-1:${aws.accountId}"


def plan_of(**changed: Any) -> Plan:
    merged: Any = {**MINIMAL, **changed}
    return deploy(lambda: ModelEndpoint("fraud", merged), project="ml", stack="prod")


def statements(plan: Plan) -> dict[str, dict[str, Any]]:
    return policy(plan.one(POLICY, "fraud-role-policy").inputs["policy"])


def test_sagemaker_assumes_the_role_for_this_account_only() -> None:
    plan = plan_of()

    role = plan.one(ROLE, "fraud-role").inputs
    assert role["description"] == "What endpoint ml-prod-fraud may do"
    assert json.loads(role["assumeRolePolicy"])["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": ["sts:AssumeRole"],
            "Condition": {"StringEquals": {"aws:SourceAccount": "${aws.accountId}"}},
        }
    ]
    assert plan.one(POLICY).inputs["role"] == "${fraud-role.name}"


def test_a_minimal_role_pulls_the_image_writes_logs_and_reads_the_alarms() -> None:
    logs = "${fraud-logs.arn}"
    assert statements(plan_of()) == {
        "LogInToRegistry": {
            "Sid": "LogInToRegistry",
            "Effect": "Allow",
            "Action": "ecr:GetAuthorizationToken",
            "Resource": "*",
        },
        "PullImage": {
            "Sid": "PullImage",
            "Effect": "Allow",
            "Action": [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ],
            "Resource": "arn:aws:ecr:us-east-1:123456789012:repository/fraud",
        },
        "WriteLogs": {
            "Sid": "WriteLogs",
            "Effect": "Allow",
            "Action": [
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            "Resource": [logs, f"{logs}:*"],
        },
        "WriteMetrics": {
            "Sid": "WriteMetrics",
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": {
                "StringEquals": {
                    "cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/Endpoints"]
                }
            },
        },
        "ReadRollbackAlarms": {
            "Sid": "ReadRollbackAlarms",
            "Effect": "Allow",
            "Action": "cloudwatch:DescribeAlarms",
            "Resource": [
                f"${{fraud-{role}.arn}}" for role in ("errors", "latency", "disk", "memory")
            ],
        },
    }


def test_the_role_reads_all_versions_of_the_model_and_writes_captures_to_its_own_folder() -> None:
    result = statements(plan_of(artifacts=ARTIFACTS, model_data="models/fraud/3/model.tar.gz"))

    assert result["ReadObjects"]["Resource"] == "arn:aws:s3:::artifacts-1/models/fraud/*"
    assert result["ListObjects"]["Condition"] == {"StringLike": {"s3:prefix": "models/fraud/*"}}
    assert result["DecryptObjects"]["Resource"] == "arn:artifact-key"
    assert result["WriteObjects"]["Resource"] == "arn:aws:s3:::artifacts-1/capture/ml-prod-fraud/*"
    assert result["EncryptObjects"]["Resource"] == "arn:artifact-key"


def test_without_a_model_nothing_is_read_and_without_capture_nothing_is_written() -> None:
    only_captured = statements(plan_of(artifacts=ARTIFACTS, capture={"prefix": "captured/"}))
    assert "ReadObjects" not in only_captured
    assert (
        only_captured["WriteObjects"]["Resource"]
        == "arn:aws:s3:::artifacts-1/captured/ml-prod-fraud/*"
    )

    only_read = statements(
        plan_of(artifacts=ARTIFACTS, model_data="models/fraud/3/", capture={"percent": 0})
    )
    assert "WriteObjects" not in only_read
    assert "ReadObjects" in only_read


def test_a_volume_key_is_used_by_grants_only() -> None:
    result = statements(plan_of(kms_key_arn="arn:aws:kms:us-east-1:123456789012:key/volume-key"))

    assert (result["EncryptVolume"]["Action"], result["EncryptVolume"]["Resource"]) == (
        "kms:CreateGrant",
        "arn:aws:kms:us-east-1:123456789012:key/volume-key",
    )
    assert result["EncryptVolume"]["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    assert (result["ReadVolumeKey"]["Action"], result["ReadVolumeKey"]["Resource"]) == (
        "kms:DescribeKey",
        "arn:aws:kms:us-east-1:123456789012:key/volume-key",
    )


def test_the_role_creates_network_interfaces_in_one_vpc_only() -> None:
    result = statements(plan_of(network={"vpc_id": "vpc-1", "subnet_ids": ["subnet-1"]}))

    assert result["ManageNetworkInterfaces"]["Resource"] == [
        f"{EC2}:network-interface/*",
        f"{EC2}:security-group/*",
        f"{EC2}:subnet/*",
    ]
    assert result["ManageNetworkInterfaces"]["Condition"] == {
        "ArnEquals": {"ec2:Vpc": f"{EC2}:vpc/vpc-1"}
    }
    assert result["ManageNetworkInterfaces"]["Action"] == [
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
    ]
    assert result["ReadNetwork"]["Action"] == [
        "ec2:DeleteNetworkInterfacePermission",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
    ]


def test_an_unknown_image_is_one_of_this_account() -> None:
    def program() -> None:
        repository = aws.ecr.Repository("models")
        ModelEndpoint(
            "fraud", {**MINIMAL, "image": pulumi.Output.concat(repository.repository_url, ":1.4.2")}
        )

    assert (
        statements(deploy(program))["PullImage"]["Resource"]
        == "arn:aws:ecr:us-east-1:${aws.accountId}:repository/*"
    )

    known = deploy(
        lambda: ModelEndpoint("fraud", {**MINIMAL, "image": pulumi.Output.from_input(IMAGE)})
    )
    assert (
        statements(known)["PullImage"]["Resource"]
        == "arn:aws:ecr:us-east-1:123456789012:repository/fraud"
    )


REGISTRY: dict[str, Any] = {"release": "registry", "model_package_group": "fraud"}


@pytest.mark.parametrize(
    ("args", "folders"),
    [
        ({}, ["models/"]),
        ({"model_data": "models/fraud/3/model.tar.gz"}, ["models/fraud/"]),
        ({"model_prefix": "teams/risk/models/"}, ["teams/risk/models/"]),
        (
            {"model_data": "models/fraud/3/model.tar.gz", "model_prefix": "models/runs/"},
            ["models/fraud/", "models/runs/"],
        ),
    ],
)
def test_a_role_reads_the_models_of_the_versions_that_are_released(
    args: dict[str, Any], folders: list[str]
) -> None:
    found = statements(plan_of(artifacts=ARTIFACTS, **REGISTRY, **args))
    read = [s["Resource"] for s in found.values() if "s3:GetObject" in s["Action"]]
    assert read == [f"arn:aws:s3:::artifacts-1/{folder}*" for folder in folders]


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({"model_prefix": "models/fraud/"}, "model_prefix is"),
        ({**REGISTRY, "model_prefix": "models/fraud/"}, "artifacts is missing"),
        ({**REGISTRY, "model_prefix": "models/*", "artifacts": ARTIFACTS}, "model_prefix is"),
    ],
)
def test_a_folder_of_models_is_one_of_the_registry_in_a_bucket(
    args: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidArguments, match=problem):
        plan_of(**args)
