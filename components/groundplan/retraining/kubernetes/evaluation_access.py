"""The identity of evaluations on the cluster: a service account of their own, whose
role may read both models and the data, and write what they measured."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan.iam import Statement, allow
from groundplan.retraining.component.job_access import dataset_folder
from groundplan.retraining.kubernetes.spec import KubernetesRetrainingSpec


def account_name(spec: KubernetesRetrainingSpec) -> str:
    """Returns the name of the service account."""
    return f"{spec.name}-evaluation"


def statements(spec: KubernetesRetrainingSpec, known: Mapping[str, Any]) -> list[Statement]:
    """Returns what evaluations may do in AWS. `known`: the values of what were
    outputs."""
    partition, access = known["place"][0], known["bucket"]
    bucket, key = access["bucket_arn"], access["kms_key_arn"]
    runs = f"{bucket}/{spec.prefix}{known['endpoint']}/runs/*"
    data = [source for source in (spec.evaluation.held_out, spec.evaluation.recent) if source]
    # Beside the lists are records of steps, which jobs must not read.
    read = [f"{runs}/{name}.manifest.json" for name in ("held_out", "recent")]
    models = {spec.training.output_prefix, known["target"].get("models")} - {None}
    read += [f"{bucket}/{folder}*" for folder in sorted(models)]
    own = [_objects(source, partition, bucket) for source in data]
    written = ["s3:AbortMultipartUpload", "s3:PutObject"]
    return [
        allow("ReadData", ["s3:GetObject", "s3:GetObjectVersion"], own),
        allow("ReadModels", ["s3:GetObject"], read),
        *_listing(own, [f"{bucket}/{folder}*" for folder in sorted(models)]),
        allow("WriteResults", written, [f"{runs}/evaluation/*"]),
        allow("UseArtifactKey", ["kms:Decrypt", "kms:GenerateDataKey"], [key]),
    ]


def _objects(source: str, partition: str, bucket: str) -> str:
    """Returns the ARN of the objects of a folder, or of a dataset."""
    if source.startswith("s3://"):
        return f"arn:{partition}:s3:::{source.removeprefix('s3://')}*"
    return f"{bucket}/{dataset_folder(source)}*"


def _listing(data: Sequence[str], models: Sequence[str]) -> Iterator[Statement]:
    """Yields what lists folders of data and models, of each bucket."""
    folders: dict[str, list[str]] = {}
    for arn in (*data, *models):
        bucket, _, folder = arn.partition("/")
        folders.setdefault(bucket, []).append(folder)
    yield allow("LocateBuckets", ["s3:GetBucketLocation"], sorted(folders))
    for number, (bucket, prefixes) in enumerate(sorted(folders.items()), 1):
        sid = "ListFolders" if number == 1 else f"ListFolders{number}"
        condition = {"StringLike": {"s3:prefix": sorted(set(prefixes))}}
        yield allow(sid, ["s3:ListBucket"], [bucket], condition)
