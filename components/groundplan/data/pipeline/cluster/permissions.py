"""What the roles of a pipeline on a cluster may do in AWS: those of the driver, of the
script and of the check. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from groundplan.data.pipeline import permissions
from groundplan.data.pipeline.engine.names import RUNS_NAMESPACE
from groundplan.data.pipeline.spec import ClusterPipelineSpec
from groundplan.iam import Statement, allow
from groundplan.state_machines.permissions import ENCRYPT
from groundplan.storage import dataset_folders

WRITE = [
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
]


def own_folder(spec: ClusterPipelineSpec) -> str:
    """Returns the folder of the journal and the dead letters."""
    return f"pipelines/{spec.name}/"


def script_statements(spec: ClusterPipelineSpec, known: Mapping[str, Any]) -> list[Statement]:
    """Returns what the script may do: read its inputs and what lists them, and write
    the pipeline's folder of the dataset."""
    bucket = known["bucket"]["bucket_arn"]
    runs = f"{own_folder(spec)}runs/"
    folders = [*spec.inputs.values(), spec.folder, runs]
    statements: list[Statement] = [
        *permissions.reading(known, [spec.container.script_key], folders),
        allow("WriteData", WRITE, [f"{bucket}/{spec.folder}*"]),
        allow("UseBucketKey", ENCRYPT, [known["bucket"]["kms_key_arn"]]),
    ]
    if known.get("tables"):
        statements.append(allow("UseTables", permissions.USE_TABLES, known["tables"]))
    return statements


def check_statements(
    spec: ClusterPipelineSpec, references: Sequence[str], known: Mapping[str, Any]
) -> list[Statement]:
    """Returns what the check may do: read what a run wrote, what its rules refer to
    and the statistics of the last version, and write results."""
    bucket = known["bucket"]["bucket_arn"]
    _script, *reading = permissions.reading(known, [], [spec.folder, *references], permissions.READ)
    statistics = f"{bucket}/{dataset_folders.statistics(spec.dataset)}*"
    return [
        *reading,
        allow("ReadStatistics", ["s3:GetObject"], [statistics]),
        allow("WriteResults", ["s3:PutObject"], [f"{bucket}/{spec.results}*"]),
        allow("UseBucketKey", ENCRYPT, [known["bucket"]["kms_key_arn"]]),
    ]


def driver_statements(spec: ClusterPipelineSpec) -> list[Any]:
    """Returns what the driver may do: list the inputs, write the journal, judge runs
    and publish versions of the dataset. Values are outputs."""
    arn = pulumi.Output.from_input(spec.bucket["bucket_arn"])
    own = own_folder(spec)
    journal = [pulumi.Output.concat(arn, f"/{own}{name}") for name in ("runs/*", "dead-letters/*")]
    hint = pulumi.Output.concat(arn, f"/{own}latest.json")
    listed = sorted({*spec.inputs.values(), own})
    listing: dict[str, Any] = allow(
        "ListInputs",
        ["s3:ListBucket", "s3:ListBucketVersions"],
        [arn],
        {"StringLike": {"s3:prefix": [f"{folder}*" for folder in listed]}},
    )
    measuring: dict[str, Any] = {
        # CloudWatch has no resource for metrics.
        **allow("MeasureRuns", ["cloudwatch:PutMetricData"], ["*"]),
        "Condition": {"StringEquals": {"cloudwatch:namespace": RUNS_NAMESPACE}},
    }
    return [
        *permissions.data_statements(spec),
        listing,
        allow("ReadJournal", ["s3:GetObject"], [*journal, hint]),
        allow("WriteJournal", ["s3:PutObject"], [*journal, hint]),
        {
            # S3 refuses a write with If-None-Match where the object exists (S3 User
            # Guide, "Enforce conditional writes on Amazon S3 buckets").
            **allow("DenyOverwrites", ["s3:PutObject"], journal),
            "Effect": "Deny",
            "Condition": {"Null": {"s3:if-none-match": "true"}},
        },
        measuring,
    ]
