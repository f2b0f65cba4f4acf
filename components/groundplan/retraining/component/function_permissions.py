"""What the function may do: the engine's calls, on the runs of one endpoint. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.iam import Statement
from groundplan.lambda_functions.permissions import allow
from groundplan.release.component.permissions import PASSED_TO, Place
from groundplan.release.engine.events import group_name
from groundplan.retraining.component.job_access import dataset_folder
from groundplan.retraining.component.spec import RetrainingPipelineSpec


def statements(spec: RetrainingPipelineSpec, known: Mapping[str, Any]) -> list[Statement]:
    """Returns the statements. `known`: the values of what were outputs."""
    place, target = Place(*known["place"]), known["target"]
    return [
        *_journal(spec, known),
        *_data(spec, known),
        *_jobs(spec, place, known["roles"]),
        *_registry(place, str(target["model_package_group"])),
    ]


def _journal(spec: RetrainingPipelineSpec, known: Mapping[str, Any]) -> list[Statement]:
    """Returns what the journal needs. Its objects are written once, and never
    overwritten; only the lock is deleted."""
    bucket, key = known["bucket"]["bucket_arn"], known["bucket"]["kms_key_arn"]
    own = f"{bucket}/{spec.prefix}{known['endpoint']}/"
    return [
        allow("WriteJournal", ["s3:GetObject", "s3:PutObject"], [f"{own}*"]),
        # S3 refuses a write with If-None-Match where the object exists (S3 User Guide,
        # "Enforce conditional writes on Amazon S3 buckets").
        {
            **allow("DenyOverwrites", ["s3:PutObject"], [f"{own}*"]),
            "Effect": "Deny",
            "Condition": {"Null": {"s3:if-none-match": "true"}},
        },
        allow("Unlock", ["s3:DeleteObject"], [f"{own}lock.json"]),
        # Not for folders alone: a principal that may not list a bucket learns that a
        # missing object is forbidden, and a request for an object has no s3:prefix that
        # a condition could ask for (S3 API Reference, GetObject).
        allow("DistinguishMissingObjects", ["s3:ListBucket"], [bucket]),
        allow("UseBucketKey", ["kms:Decrypt", "kms:GenerateDataKey"], [key]),
    ]


def _data(spec: RetrainingPipelineSpec, known: Mapping[str, Any]) -> list[Statement]:
    """Returns what reads dataset versions and models, and writes the records of
    training runs."""
    bucket = known["bucket"]["bucket_arn"]
    references = (spec.dataset, spec.evaluation.held_out, spec.evaluation.recent)
    datasets = {dataset_folder(r) for r in references if r and not r.startswith("s3://")}
    runs = f"{bucket}/runs/{spec.training.job}/*"
    read = [f"{bucket}/{folder}*" for folder in sorted(datasets)]
    return [
        allow("ReadDatasets", ["s3:GetObject"], read),
        allow("ReadModels", ["s3:GetObject"], [f"{bucket}/{spec.training.output_prefix}*"]),
        allow("WriteRecords", ["s3:GetObject", "s3:PutObject"], [runs]),
    ]


def _jobs(spec: RetrainingPipelineSpec, place: Place, roles: Sequence[str]) -> list[Statement]:
    """Returns what starts jobs, under names of this pipeline only."""
    names = f"{spec.job_name}-*"
    training, processing = (
        place.sagemaker(kind, names) for kind in ("training-job", "processing-job")
    )
    return [
        # AddTags goes with the creation of what has tags.
        allow(
            "StartTraining",
            ["sagemaker:AddTags", "sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob"],
            training,
        ),
        allow(
            "StartEvaluation",
            [
                "sagemaker:AddTags",
                "sagemaker:CreateProcessingJob",
                "sagemaker:DescribeProcessingJob",
            ],
            processing,
        ),
        {
            **allow("PassJobRoles", ["iam:PassRole"], sorted(set(roles))),
            "Condition": {"StringEquals": {"iam:PassedToService": PASSED_TO}},
        },
    ]


def _registry(place: Place, group: str) -> list[Statement]:
    """Returns what registers versions in the endpoint's model package group."""
    arns = (
        [group]
        if group.startswith("arn:")
        else place.sagemaker("model-package-group", group_name(group))
    )
    versions = [f"{arn.replace(':model-package-group/', ':model-package/', 1)}/*" for arn in arns]
    return [
        allow(
            "RegisterVersions",
            [
                "sagemaker:AddTags",
                "sagemaker:CreateModelPackage",
                "sagemaker:DescribeModelPackage",
                "sagemaker:ListModelPackages",
                "sagemaker:UpdateModelPackage",
            ],
            [*arns, *versions],
        )
    ]
