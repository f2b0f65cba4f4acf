"""What the roles of a pipeline may do."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from groundplan.data.datasets import permissions as datasets
from groundplan.data.pipeline.engine.names import NAMESPACE
from groundplan.data.pipeline.spec import DataPipelineSpec, GluePipelineSpec
from groundplan.iam import Statement, allow
from groundplan.state_machines.permissions import (
    ENCRYPT,
    encryption_statements,
    log_statements,
    trace_statements,
)
from groundplan.storage import dataset_folders

USE_TABLES = ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:UpdateTable"]
READ = ["s3:GetObject"]
READ_VERSIONS = [*READ, "s3:GetObjectVersion"]
"""Of what reads objects at versions: raw ones of a run, or those of a dataset version
that it begins with."""


def job_statements(spec: GluePipelineSpec, known: Mapping[str, Any]) -> list[Statement]:
    """Returns what the job may do: read its script and inputs, write its own folder,
    and log."""
    bucket, key = known["bucket"]["bucket_arn"], known["bucket"]["kms_key_arn"]
    own = [spec.folder, spec.scratch]
    statements: list[Statement] = [
        *reading(known, [spec.glue.script_key], [*spec.inputs.values(), *own]),
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
        *_operation(known),
    ]
    if spec.glue.bookmarks:
        # AWS Glue Developer Guide, "Setting up encryption", encrypted job bookmarks:
        # decrypt is in `UseKey`. The bookmark itself needs no action: Glue keeps it.
        statements.append(allow("EncryptBookmarks", ["kms:Encrypt"], [known["key"]]))
    if known.get("wheels"):
        statements.append(allow("ReadWheels", ["s3:GetObject"], known["wheels"]))
    if known.get("tables"):
        statements.append(allow("UseTables", USE_TABLES, known["tables"]))
    return statements


def check_statements(
    spec: DataPipelineSpec,
    script_keys: Sequence[str],
    references: Sequence[str],
    known: Mapping[str, Any],
) -> list[Statement]:
    """Returns what the check may do: read what a run wrote, what its rules refer to
    and the statistics of the last version, and write results."""
    bucket, key = known["bucket"]["bucket_arn"], known["bucket"]["kms_key_arn"]
    return [
        *reading(known, script_keys, [spec.folder, *references], READ),
        allow(
            "ReadStatistics",
            ["s3:GetObject"],
            [f"{bucket}/{dataset_folders.statistics(spec.dataset)}*"],
        ),
        allow("WriteResults", ["s3:PutObject"], [f"{bucket}/{spec.results}*"]),
        allow("UseBucketKey", ENCRYPT, [key]),
        *_operation(known),
    ]


def reading(
    known: Mapping[str, Any],
    script_keys: Sequence[str],
    folders: Sequence[str],
    actions: Sequence[str] = tuple(READ_VERSIONS),
) -> list[Statement]:
    """Returns what reading needs: of scripts, which is the first statement, and of
    folders."""
    bucket, read = known["bucket"]["bucket_arn"], sorted(set(folders))
    return [
        allow("ReadScript", ["s3:GetObject"], [f"{bucket}/{key}" for key in script_keys]),
        allow(
            "ReadInputs",
            list(actions),
            [f"{bucket}/{folder}*" for folder in read],
        ),
        allow(
            "ListInputs",
            ["s3:ListBucket"],
            [bucket],
            {"StringLike": {"s3:prefix": [f"{folder}*" for folder in read]}},
        ),
        allow("LocateBucket", ["s3:GetBucketLocation"], [bucket]),
    ]


def _operation(known: Mapping[str, Any]) -> list[Statement]:
    """Returns what every job does beside its work: logs, metrics, its network."""
    statements: list[Statement] = [
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
    return [*statements, *(_network(known) if known.get("connection") else [])]


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
        allow(
            "DeleteInterfaces",
            ["ec2:DeleteNetworkInterface"],
            [interfaces],
            {"StringEquals": {"ec2:Subnet": subnet}},
        ),
        allow("TagInterfaces", ["ec2:CreateTags"], [interfaces], tagged),
    ]


def data_statements(spec: DataPipelineSpec) -> list[Statement]:
    """Returns what publishing versions of the dataset needs; values are outputs."""
    bucket, key = spec.bucket["bucket_arn"], spec.bucket["kms_key_arn"]
    parents = sorted({reference.partition(":")[0] for reference in spec.triggers.datasets})
    judging = judging_statements(spec) if spec.quality else []
    # Where a lifecycle rule deletes what is overwritten, a commit copies the objects.
    copies = f"/{dataset_folders.copies(spec.dataset)}*"
    actions = ["s3:AbortMultipartUpload", "s3:PutObject"]
    copying = allow("CopyObjects", actions, [pulumi.Output.concat(bucket, copies)])
    read = [*judging, *datasets.publishing(bucket, key, [spec.dataset]), copying]
    if parents:
        objects, listing = datasets.reading(bucket, key, parents)[:2]
        read += [{**objects, "Sid": "ReadParents"}, {**listing, "Sid": "ListParents"}]
    return read


def recording_statements(spec: DataPipelineSpec) -> list[Statement]:
    """Returns what listing the raw objects of a run needs, at their versions, and
    keeping the list."""
    bucket = spec.bucket["bucket_arn"]
    own = f"pipelines/{spec.name}/runs/"
    prefixes = [f"{folder}*" for folder in (own, *sorted(set(spec.inputs.values())))]
    return [
        allow(
            "ListRawObjects",
            ["s3:ListBucket", "s3:ListBucketVersions"],
            [bucket],
            {"StringLike": {"s3:prefix": prefixes}},
        ),
        allow(
            "RecordRawObjects",
            ["s3:GetObject", "s3:PutObject"],
            [pulumi.Output.concat(bucket, f"/{own}*")],
        ),
    ]


def function_statements(known: Mapping[str, Any]) -> list[Statement]:
    """Returns what the function may do: see whose turn it is and what the month has
    cost, and publish versions of the dataset."""
    return [
        *known["data"],
        allow("ListRuns", ["states:ListExecutions"], [known["machine"]]),
        allow("CountHours", ["glue:GetJobRuns"], known["jobs"]),
    ]


def judging_statements(spec: DataPipelineSpec) -> list[Statement]:
    """Returns what judging a run needs: to read results, to write pages and metrics,
    and to move what did not pass. Values are outputs."""
    arn = pulumi.Output.from_input(spec.bucket["bucket_arn"])

    def below(*folders: str) -> list[pulumi.Output[str]]:
        return [pulumi.Output.concat(arn, f"/{folder}*") for folder in folders]

    listing: dict[str, Any] = allow(
        "ListResults", ["s3:ListBucket"], [arn], {"StringLike": {"s3:prefix": [f"{spec.results}*"]}}
    )
    written = below(spec.results, spec.quarantine)
    return [
        allow(
            "ReadResults",
            ["s3:GetObject", "s3:GetObjectTagging"],
            below(spec.results, spec.folder),
        ),
        listing,
        allow("WriteResults", ["s3:PutObject", "s3:PutObjectTagging"], written),
        allow("EmptyRuns", ["s3:DeleteObject"], below(spec.folder)),
        {
            # CloudWatch has no resource for metrics.
            **allow("WriteMetrics", ["cloudwatch:PutMetricData"], ["*"]),
            "Condition": {"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        },
    ]


def machine_statements(known: Mapping[str, Any], *, tracing: bool) -> list[Statement]:
    """Returns what executions may do: call the function, run the job, log."""
    partition, region, account = known["place"]
    return [
        allow("CallSteps", ["lambda:InvokeFunction"], [known["function"]]),
        allow(
            "RunJob",
            ["glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"],
            known["jobs"],
        ),
        *encryption_statements(known["key"], known["machine"]),
        *log_statements(known["key"], f"arn:{partition}:logs:{region}:{account}:*"),
        *trace_statements(tracing=tracing),
    ]
