"""What the function may do: the engine's calls, on the runs of one endpoint. Pure.

Releases are those of the release engine, so are their permissions
(`groundplan.release.component.permissions`).
"""

from collections.abc import Mapping
from typing import Any, Protocol

from groundplan.iam import Statement, allow
from groundplan.lambda_functions.permissions import Place
from groundplan.registry import model_packages
from groundplan.release.component import permissions as releases
from groundplan.release.component.permissions import PASSED_TO, in_sagemaker
from groundplan.retraining.component.job_access import dataset_folder
from groundplan.retraining.component.spec import RetrainingPipelineSpec


class DescribedTraining(Protocol):
    """Where the records and the models of runs are."""

    @property
    def job(self) -> str: ...

    @property
    def output_prefix(self) -> str: ...


class DescribedEvaluation(Protocol):
    """What runs are evaluated on."""

    @property
    def held_out(self) -> str: ...

    @property
    def recent(self) -> str: ...


class Described(Protocol):
    """What permissions depend on: of a pipeline, or of retraining on a cluster."""

    @property
    def prefix(self) -> str: ...

    @property
    def manifest_prefix(self) -> str: ...

    @property
    def dataset(self) -> str: ...

    @property
    def approval_required(self) -> bool: ...

    @property
    def training(self) -> DescribedTraining: ...

    @property
    def evaluation(self) -> DescribedEvaluation: ...


def statements(spec: RetrainingPipelineSpec, known: Mapping[str, Any]) -> list[Statement]:
    """Returns the statements on runs. `known`: the values of what were outputs."""
    return [
        *run_statements(spec, known),
        *_jobs(spec, Place(*known["place"]), known["roles"]),
    ]


def run_statements(spec: Described, known: Mapping[str, Any]) -> list[Statement]:
    """Returns the statements on runs without their jobs: the journal, the data, the
    registry."""
    place, target = Place(*known["place"]), known["target"]
    return [
        *data_statements(spec, known),
        *_registry(place, str(target["model_package_group"]), approves=not spec.approval_required),
    ]


def data_statements(spec: Described, known: Mapping[str, Any]) -> list[Statement]:
    """Returns the statements on the journal and the data."""
    return [*_journal(spec, known), *_data(spec, known)]


def release_statements(known: Mapping[str, Any]) -> list[Statement]:
    """Returns the statements on releases to the endpoint, and on their audit trail."""
    target = known["target"]
    place, trail = Place(*known["place"]), target["audit"]
    audit = {
        "bucket_arn": f"arn:{place.partition}:s3:::{trail['bucket']}",
        "kms_key_arn": trail.get("kms_key_arn") or known["bucket"]["kms_key_arn"],
    }
    found = releases.statements({known["endpoint"]: target}, place)
    return [*found, *releases.trail_statements(audit, str(trail.get("prefix") or ""), ())]


def execution_statements(machine_arn: str) -> list[Statement]:
    """Returns the statements on the executions of the state machine: which of them run,
    and those that wait for an approval."""
    executions = machine_arn.replace(":stateMachine:", ":execution:", 1)
    return [
        allow("LookAtExecutions", ["states:DescribeExecution"], [f"{executions}:*"]),
        allow("WakeExecutions", ["states:SendTaskSuccess"], [machine_arn]),
    ]


def _journal(spec: Described, known: Mapping[str, Any]) -> list[Statement]:
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


def _data(spec: Described, known: Mapping[str, Any]) -> list[Statement]:
    """Returns what reads dataset versions and models, and writes the records of
    training runs."""
    bucket = known["bucket"]["bucket_arn"]
    references = (spec.dataset, spec.evaluation.held_out, spec.evaluation.recent)
    datasets = {dataset_folder(r) for r in references if r and not r.startswith("s3://")}
    read = [*sorted(datasets), spec.manifest_prefix, spec.training.output_prefix]
    return [
        allow("ReadVersions", ["s3:GetObject"], [f"{bucket}/{folder}*" for folder in read]),
        allow(
            "WriteRecords",
            ["s3:GetObject", "s3:PutObject"],
            [f"{bucket}/runs/{spec.training.job}/*"],
        ),
    ]


def _jobs(spec: RetrainingPipelineSpec, place: Place, roles: Mapping[str, str]) -> list[Statement]:
    """Returns what starts jobs, under names of this pipeline only."""
    names, job = f"{spec.job_name}-*", "sagemaker:{}{}Job".format
    training = [job(verb, "Training") for verb in ("Create", "Describe", "Stop")]
    processing = [job(verb, "Processing") for verb in ("Create", "Describe")]
    return [
        # AddTags goes with the creation of what has tags.
        allow(
            "RunTraining",
            ["sagemaker:AddTags", *training],
            in_sagemaker(place, "training-job", names),
        ),
        allow(
            "RunEvaluations",
            processing,
            in_sagemaker(place, "processing-job", names),
        ),
        allow(
            "PassJobRoles",
            ["iam:PassRole"],
            [roles["training"], roles["evaluation"]],
            {"StringEquals": {"iam:PassedToService": PASSED_TO}},
        ),
    ]


def _registry(place: Place, group: str, *, approves: bool) -> list[Statement]:
    """Returns what registers versions in the endpoint's model package group, for
    approval, and rejects those that nobody approved in time. Where gates are enough, it
    approves them too."""
    decisions = ["Approved", "Rejected"] if approves else ["Rejected"]
    return model_packages.registration_statements(
        releases.group_arns(group, place),
        {"StringEquals": {"sagemaker:ModelApprovalStatus": decisions}},
    )
