"""What the roles of a pipeline may do. Pure: all ARNs are known."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.data.datasets import permissions as datasets
from groundplan.data.pipeline.spec import DataPipelineSpec
from groundplan.iam import Statement
from groundplan.lambda_functions.permissions import allow

ENCRYPT = ["kms:Decrypt", "kms:GenerateDataKey"]


def document(statements: Sequence[Statement]) -> str:
    """Returns a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, sort_keys=True)


def job_statements(spec: DataPipelineSpec, known: Mapping[str, Any]) -> list[Statement]:
    """Returns what the job may do: read its script and inputs, write its own folder,
    and log."""
    bucket, key = known["bucket"]["bucket_arn"], known["bucket"]["kms_key_arn"]
    own = [spec.folder, spec.scratch]
    read = [*spec.inputs.values(), *own]
    statements: list[Statement] = [
        allow("ReadScript", ["s3:GetObject"], [f"{bucket}/{spec.glue.script_key}"]),
        allow(
            "ReadInputs",
            ["s3:GetObject", "s3:GetObjectVersion"],
            [f"{bucket}/{folder}*" for folder in sorted(set(read))],
        ),
        {
            **allow("ListInputs", ["s3:ListBucket"], [bucket]),
            "Condition": {"StringLike": {"s3:prefix": [f"{f}*" for f in sorted(set(read))]}},
        },
        allow("LocateBucket", ["s3:GetBucketLocation"], [bucket]),
        # Spark's writers replace what a former try of the run has written, and delete
        # their temporary objects. Versions of the dataset name versions of objects,
        # which the bucket keeps.
        allow(
            "WriteData",
            [
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            ],
            [f"{bucket}/{folder}*" for folder in own],
        ),
        allow("UseBucketKey", ENCRYPT, [key]),
        allow("UseKey", ENCRYPT, [known["key"]]),
        # AWS Glue Developer Guide, "Logging for AWS Glue jobs", security configuration.
        allow("ConfigureLogs", ["logs:AssociateKmsKey", "logs:CreateLogGroup"], known["logs"]),
        allow(
            "WriteLogs",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [f"{arn}:*" for arn in known["logs"]],
        ),
        {
            # CloudWatch has no resource for metrics.
            **allow("WriteMetrics", ["cloudwatch:PutMetricData"], ["*"]),
            "Condition": {"StringEquals": {"cloudwatch:namespace": "Glue"}},
        },
    ]
    if known.get("wheels"):
        statements.append(allow("ReadWheels", ["s3:GetObject"], known["wheels"]))
    if known.get("connection"):
        statements += _network(known)
    if known.get("tables"):
        actions = ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:UpdateTable"]
        statements.append(allow("UseTables", actions, known["tables"]))
    return statements


def _network(known: Mapping[str, Any]) -> list[Statement]:
    """Returns what a job with workers in a VPC needs (AWS Glue Developer Guide, "Create
    an IAM policy for AWS Glue"): Glue creates network interfaces in its name."""
    partition, region, account = known["place"]
    base = f"arn:{partition}:ec2:{region}:{account}"
    interfaces = f"{base}:network-interface/*"  # their IDs are EC2's
    group, subnet = f"{base}:security-group/{known['group']}", f"{base}:subnet/{known['subnet']}"
    tagged = {"ForAllValues:StringEquals": {"aws:TagKeys": ["aws-glue-service-resource"]}}
    return [
        allow("ReadConnection", ["glue:GetConnection"], known["connection"]),
        # EC2 has no resource for what it describes.
        allow(
            "DescribeNetwork",
            [
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeRouteTables",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcAttribute",
                "ec2:DescribeVpcEndpoints",
            ],
            ["*"],
        ),
        allow("CreateInterfaces", ["ec2:CreateNetworkInterface"], [group, subnet, interfaces]),
        {
            **allow("DeleteInterfaces", ["ec2:DeleteNetworkInterface"], [interfaces]),
            "Condition": {"StringEquals": {"ec2:Subnet": subnet}},
        },
        {**allow("TagInterfaces", ["ec2:CreateTags"], [interfaces]), "Condition": tagged},
    ]


def data_statements(spec: DataPipelineSpec) -> list[Statement]:
    """Returns what publishing versions of the dataset needs; values are outputs."""
    bucket, key = spec.bucket["bucket_arn"], spec.bucket["kms_key_arn"]
    parents = sorted({reference.partition(":")[0] for reference in spec.triggers.datasets})
    read = [*datasets.publishing(bucket, key, [spec.dataset])]
    if parents:
        objects, listing = datasets.reading(bucket, key, parents)[:2]
        read += [{**objects, "Sid": "ReadParents"}, {**listing, "Sid": "ListParents"}]
    return read


def function_statements(known: Mapping[str, Any]) -> list[Statement]:
    """Returns what the function may do: see whose turn it is and what the month has
    cost, and publish versions of the dataset."""
    return [
        *known["data"],
        allow("ListRuns", ["states:ListExecutions"], [known["machine"]]),
        allow("CountHours", ["glue:GetJobRuns"], [known["job"]]),
    ]


def machine_statements(known: Mapping[str, Any], *, tracing: bool) -> list[Statement]:
    """Returns what executions may do: call the function, run the job, log."""
    partition, region, account = known["place"]
    logs = f"arn:{partition}:logs:{region}:{account}:*"
    deliver = allow("EncryptLogs", ["kms:GenerateDataKey"], [known["key"]])
    statements: list[Statement] = [
        allow("CallSteps", ["lambda:InvokeFunction"], [known["function"]]),
        allow(
            "RunJob",
            ["glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"],
            [known["job"]],
        ),
        # Step Functions Developer Guide, "Data at rest encryption".
        {
            **allow("EncryptRuns", ENCRYPT, [known["key"]]),
            "Condition": {
                "StringLike": {"kms:EncryptionContext:aws:states:stateMachineArn": known["machine"]}
            },
        },
        {**deliver, "Condition": {"StringLike": {"kms:EncryptionContext:SourceArn": logs}}},
        # CloudWatch Logs has no resource for any of them (the same, "Using CloudWatch
        # Logs", IAM policies for logging).
        allow(
            "DeliverLogs",
            [
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
            ],
            ["*"],
        ),
    ]
    if tracing:
        # X-Ray knows no resource for any of them.
        actions = [
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ]
        statements.append(allow("WriteTraces", actions, ["*"]))
    return statements


def start_statements(known: Mapping[str, str]) -> list[Statement]:
    """Returns what begins a run: an execution, whose input the key encrypts, and, for
    the schedule, the queue of what it could not start."""
    return [
        allow("StartRuns", ["states:StartExecution"], [known["machine"]]),
        allow("EncryptRuns", ENCRYPT, [known["key"]]),
        *(
            [allow("KeepUndelivered", ["sqs:SendMessage"], [known["queue"]])]
            if "queue" in known
            else []
        ),
    ]
