"""The permissions of the role of a run on SageMaker, least privilege.

Source of the list: SageMaker AI Developer Guide, "CreateTrainingJob API: Execution Role
Permissions", narrower wherever the action has a resource that can be named.
"""

import pulumi

from groundplan import iam
from groundplan.data import reference
from groundplan.iam import Statement
from groundplan.sagemaker import execution_role as serving
from groundplan.training.job.spec import SageMakerRunSpec, TrainingJobSpec

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
"""Of all training jobs of the account; SageMaker writes nowhere else."""


def statements(
    job: TrainingJobSpec, run: SageMakerRunSpec, invoke: pulumi.InvokeOptions
) -> list[Statement]:
    """Returns all statements of the role's policy."""
    statements = [
        *serving.image_statements([job.image], invoke),
        *telemetry_statements(LOG_GROUP, invoke),
        *_data(job, invoke),
    ]
    if run.volume_key_arn is not None:
        statements += serving.volume_statements(run.volume_key_arn)
    if run.network is not None:
        statements += serving.network_statements(run.network["vpc_id"], invoke)
    if secrets := [
        secret["secret_arn"] for secret in job.secrets.values() if "secret_arn" in secret
    ]:
        statements.append(iam.allow("ReadSecrets", "secretsmanager:GetSecretValue", secrets))
    return statements


def telemetry_statements(log_group: str, invoke: pulumi.InvokeOptions) -> list[Statement]:
    """Returns the statements that allow jobs to write logs and metrics."""
    group = pulumi.Output.format(
        "arn:{0}:logs:{1}:{2}:log-group:{3}",
        iam.partition(invoke),
        iam.region(invoke),
        iam.account_id(invoke),
        log_group,
    )
    return [
        iam.allow(
            "WriteLogs",
            [
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            [group, pulumi.Output.concat(group, ":*")],
        ),
        {
            # CloudWatch knows no resource for it; the condition is what narrows it.
            **iam.allow("WriteMetrics", "cloudwatch:PutMetricData", "*"),
            "Condition": {"StringEquals": {"cloudwatch:namespace": ["AWS/SageMaker", log_group]}},
        },
    ]


def _data(job: TrainingJobSpec, invoke: pulumi.InvokeOptions) -> list[Statement]:
    artifacts = job.access
    datasets = [job.datasets[key] for key in sorted(job.datasets)]
    checkpoints, outputs = job.checkpoint_prefix, job.output_prefix
    s3 = pulumi.Output.format("arn:{0}:s3:::", iam.partition(invoke))
    # `s3://bucket/folder/` -> `bucket/folder/`
    folders = [
        pulumi.Output.from_input(dataset["uri"]).apply(lambda uri: uri.removeprefix("s3://"))
        for dataset in datasets
    ]
    own = artifacts["bucket_arn"]
    keys = [dataset["kms_key_arn"] for dataset in datasets if "kms_key_arn" in dataset]
    return [
        iam.allow(
            "ReadDatasets",
            ["s3:GetObject", "s3:GetObjectVersion"],
            [pulumi.Output.concat(s3, folder, "*") for folder in folders],
        ),
        *(
            iam.allow(
                f"ListDataset{index}",
                "s3:ListBucket",
                pulumi.Output.concat(s3, folder.apply(lambda path: path.partition("/")[0])),
                {
                    "StringLike": {
                        "s3:prefix": folder.apply(lambda path: f"{path.partition('/')[2]}*")
                    }
                },
            )
            for index, folder in enumerate(folders)
        ),
        *_dataset_versions(job),
        # A run resumes from its checkpoints, and replaces them; it only writes the
        # model.
        iam.allow("ReadCheckpoints", "s3:GetObject", pulumi.Output.concat(own, f"/{checkpoints}*")),
        iam.allow(
            "ListOwnFolders",
            "s3:ListBucket",
            own,
            {"StringLike": {"s3:prefix": [f"{checkpoints}*", f"{outputs}*"]}},
        ),
        # Apart from the listing: a request for the location has no s3:prefix, and would
        # never meet that condition.
        iam.allow("LocateBucket", "s3:GetBucketLocation", own),
        iam.allow(
            "ReplaceCheckpoints", "s3:DeleteObject", pulumi.Output.concat(own, f"/{checkpoints}*")
        ),
        iam.allow(
            "WriteResults",
            ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"],
            [pulumi.Output.concat(own, f"/{folder}*") for folder in (checkpoints, outputs)],
        ),
        iam.allow(
            "UseArtifactKey", ["kms:Decrypt", "kms:GenerateDataKey"], artifacts["kms_key_arn"]
        ),
        *([iam.allow("DecryptDatasets", "kms:Decrypt", keys)] if keys else []),
    ]


def _dataset_versions(job: TrainingJobSpec) -> list[Statement]:
    """Returns the statement that lets a run check out the versions that it names by
    digest, and verify them when it registers a model."""
    versions = [str(dataset["version"]) for dataset in job.datasets.values()]
    names = sorted({v.partition("@")[0] for v in versions if reference.PINNED.fullmatch(v)})
    if not names:
        return []
    bucket = job.access["bucket_arn"]
    folders = [
        pulumi.Output.concat(bucket, f"/datasets/{name}/{folder}/*")
        for name in names
        for folder in ("versions", "parts", "objects")
    ]
    return [iam.allow("ReadDatasetVersions", ["s3:GetObject", "s3:GetObjectVersion"], folders)]
