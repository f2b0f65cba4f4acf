"""What the function may do: the engines' calls, on what the API serves. Pure.

Releases are those of the release engine, so are their permissions
(`groundplan.release.component.permissions`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.iam import Statement, allow
from groundplan.lambda_functions.permissions import Place
from groundplan.registry import model_packages
from groundplan.release.component import permissions as releases


@dataclass(frozen=True)
class Folders:
    """Folders of the artifact bucket."""

    evaluations: Sequence[str]
    models: Sequence[str]
    manifests: str


def statements(known: Mapping[str, Any], folders: Folders) -> list[Statement]:
    """Returns the statements on what all endpoints share: audit trails, files,
    datasets. `known`: the values of what were outputs: place, targets, datasets, bucket
    (its ARN, and its key's)."""
    bucket, key = known["bucket"]
    return [
        *_trails(known["targets"], Place(*known["place"]), key, folders.evaluations),
        *_files(bucket, folders),
        *_datasets(known["datasets"], bucket),
    ]


def endpoint_statements(known: Mapping[str, Any]) -> list[Statement]:
    """Returns the statements on one endpoint: its releases, its versions, its runs.
    `known`: place, target, pipeline (or None)."""
    place, target = Place(*known["place"]), known["target"]
    return [
        *releases.statements({"endpoint": target}, place),
        *_versions(str(target["model_package_group"]), place),
        *_runs(known["pipeline"], place),
    ]


def _trails(
    targets: Mapping[str, Mapping[str, Any]], place: Place, key: str, evaluations: Sequence[str]
) -> list[Statement]:
    """Returns the statements on audit trails. The targets of one runtime share one,
    unless they say otherwise."""
    # Not a set: in a preview, nothing is known of the parts but that they are the same.
    trails: list[tuple[str, str, str]] = []
    for target in targets.values():
        trail = (
            f"arn:{place.partition}:s3:::{target['audit']['bucket']}",
            str(target["audit"].get("kms_key_arn") or key),
            str(target["audit"].get("prefix") or ""),
        )
        if trail not in trails:
            trails.append(trail)
    found: list[Statement] = []
    for number, (arn, key_arn, prefix) in enumerate(trails):
        folder = prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
        audit = {"bucket_arn": arn, "kms_key_arn": key_arn}
        for statement in releases.trail_statements(audit, folder, evaluations):
            sid = f"{statement['Sid']}{number + 1 if number else ''}"
            found.append({**statement, "Sid": sid})
    return found


def _versions(group: str, place: Place) -> list[Statement]:
    """Returns what registers versions, for approval, and approves or rejects them in
    the name of callers."""
    return model_packages.registration_statements(
        releases.group_arns(group, place), model_packages.approves_or_rejects()
    )


def _files(bucket: str, folders: Folders) -> list[Statement]:
    """Returns what reads the files that registrations name, and writes their
    metrics."""
    named = [*folders.models, folders.manifests]
    metrics = [f"{bucket}/{folder}*/metrics/*" for folder in folders.evaluations]
    return [
        allow("ReadModels", ["s3:GetObject"], [f"{bucket}/{folder}*" for folder in named]),
        allow("WriteMetrics", ["s3:PutObject"], metrics),
    ]


def _runs(pipeline: Mapping[str, Any] | None, place: Place) -> list[Statement]:
    """Returns what asks for runs and reads their journal, whose objects are written
    once. Runs, and their lock, are the pipeline's."""
    if pipeline is None:
        return []
    folder = f"{pipeline['prefix']}{pipeline['endpoint']}/"
    root = f"arn:{place.partition}:s3:::{pipeline['bucket']}/{folder}"
    asked = [f"{root}{folder}/*" for folder in ("requests", "triggers")]
    found: list[Statement] = [
        allow("ReadRuns", ["s3:GetObject"], [f"{root}*"]),
        allow("AskForRuns", ["s3:PutObject"], asked),
        {
            **allow("DenyOverwritesOfRuns", ["s3:PutObject"], asked),
            "Effect": "Deny",
            "Condition": {"Null": {"s3:if-none-match": "true"}},
        },
    ]
    if pipeline.get("state_machine_arn"):
        found.append(allow("StartRuns", ["states:StartExecution"], [pipeline["state_machine_arn"]]))
    if pipeline.get("state_machine_key_arn"):
        # Who starts an execution of an encrypted state machine uses its key (Step
        # Functions Developer Guide, "Data at rest encryption").
        key = [pipeline["state_machine_key_arn"]]
        found.append(allow("EncryptRuns", ["kms:Decrypt", "kms:GenerateDataKey"], key))
    return found


def _datasets(datasets: Sequence[str], bucket: str) -> list[Statement]:
    """Returns what reads tags of datasets; `trail_statements` has their manifests,
    which registration verifies."""
    tags = [f"{bucket}/datasets/{name}/tags/*" for name in sorted(datasets)]
    return [allow("ReadTags", ["s3:GetObject"], tags)] if tags else []
