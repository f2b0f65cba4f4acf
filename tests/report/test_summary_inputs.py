"""What the tree shows of a resource on one line."""

import json

import pytest
from groundplan.report.summary_inputs import highlights


@pytest.mark.parametrize(
    ("type_", "inputs", "expected"),
    [
        (
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            {
                "actionsEnabled": True,
                "alarmDescription": "long",
                "metricName": "CPUUtilization",
                "threshold": 90,
            },
            ["metricName=CPUUtilization", "threshold=90", "actionsEnabled=true"],
        ),
        (
            "aws:cloudwatch/metricAlarm:MetricAlarm",
            {
                "metricQueries": [
                    {"expression": "a/b"},
                    {"metric": {"metricName": "A"}},
                    {"metric": {"metricName": "B"}},
                ]
            },
            ["metricName=A,B", "metricQueries[0].expression=a/b"],
        ),
        (
            "aws:eks/nodeGroup:NodeGroup",
            {
                "amiType": "AL2023",
                "capacityType": "SPOT",
                "instanceTypes": ["g5.xlarge", "g6.xlarge"],
                "scalingConfig": {"desiredSize": 0, "maxSize": 8, "minSize": 0},
            },
            [
                "instanceTypes=g5.xlarge,g6.xlarge",
                "size=0-8",
                "capacityType=SPOT",
                "amiType=AL2023",
                "scalingConfig.desiredSize=0",
            ],
        ),
        (
            "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
            {
                "productionVariants": [
                    {
                        "initialInstanceCount": 4,
                        "instanceType": "ml.m5.xlarge",
                        "variantName": "primary",
                    },
                    {"serverlessConfig": {"memorySizeInMb": 2048, "maxConcurrency": 5}},
                ]
            },
            ["variants=primary: 4 x ml.m5.xlarge,serverless, 2048 MB"],
        ),
        (
            "aws:iam/role:Role",
            {
                "assumeRolePolicy": json.dumps(
                    {
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {
                                    "Service": ["eks.amazonaws.com", "ec2.amazonaws.com"]
                                },
                            },
                            {"Effect": "Deny", "Principal": "*"},
                        ]
                    }
                ),
                "description": "What it is for",
            },
            ["trusts=ec2.amazonaws.com, eks.amazonaws.com"],
        ),
        (
            "aws:iam/role:Role",
            {"assumeRolePolicy": "${unknown until x}"},
            ["trusts=${unknown until x}"],
        ),
        (
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {
                "policyArn": "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy",
                "role": "${r.name}",
            },
            ["policy=AmazonEBSCSIDriverPolicy", "role=${r.name}"],
        ),
        (
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            {"cidrIpv4": "10.0.0.0/16", "fromPort": 443, "ipProtocol": "tcp", "toPort": 443},
            ["cidrIpv4=10.0.0.0/16", "port=443", "ipProtocol=tcp"],
        ),
        (
            "kubernetes:helm.sh/v3:Release",
            {
                "atomic": True,
                "chart": "kueue",
                "namespace": "kueue-system",
                "values": {"a": 1},
                "version": "0.19.2",
            },
            [
                "chart=kueue",
                "version=0.19.2",
                "namespace=kueue-system",
                "atomic=true",
                "values.a=1",
            ],
        ),
        (
            "aws:ec2/subnet:Subnet",
            {"cidrBlock": "${x}", "availabilityZone": ""},
            ["cidrBlock=${x}"],
        ),
        (
            "aws:sqs/queue:Queue",
            {"b": "${r.arn}", "a": {"c": 1}, "name": "q"},
            ["name=q", "a.c=1", "b=${r.arn}"],
        ),
        ("aws:sqs/queue:Queue", {}, []),
    ],
)
def test_summary_fields_of_a_type_come_first(
    type_: str, inputs: dict[str, object], expected: list[str]
) -> None:
    assert highlights(inputs, of=type_) == expected


def test_every_input_is_there_under_its_path_when_all_are_asked_for() -> None:
    inputs = {
        "policyArn": "arn:aws:iam::aws:policy/P",
        "description": "why",
        "tags": {"a": "b"},
        "list": [{"x": "y" * 99}],
    }
    assert highlights(
        inputs, whole=True, of="aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    ) == [
        "policyArn=arn:aws:iam::aws:policy/P",
        "description=why",
        "tags.a=b",
        f"list[0].x={'y' * 99}",
    ]
