"""Dataset versions."""

import groundplan.data.versions.reading as reading
from groundplan.api.handlers import parameters as of
from groundplan.api.handlers.call import current
from groundplan.api.handlers.places import dataset_bucket
from groundplan.api.models import answers


def list_datasets() -> answers.Datasets:
    """Lists the datasets whose versions the API shows."""
    return answers.Datasets(items=sorted(current().settings.datasets))


def list_dataset_versions(
    dataset: of.DatasetName,
    limit: of.Limit = of.DEFAULT_LIMIT,
    before: of.BeforeDigest = None,
) -> answers.DatasetVersions:
    """Lists the versions of a dataset with their tags, the newest first."""
    s3, bucket = dataset_bucket(dataset)
    tags = _tags(dataset)
    items = [
        answers.DatasetVersionSummary(
            reference=f"{dataset}@{listed.digest}",
            digest=listed.digest,
            committed_at=listed.committed_at.isoformat(),
            tags=tags.get(listed.digest, []),
        )
        for listed in reading.versions(s3, bucket, dataset, _whole(before or ""))[:limit]
    ]
    return answers.DatasetVersions(items=items)


def get_dataset_version(dataset: of.DatasetName, digest: of.Digest) -> answers.DatasetVersionDetail:
    """Returns a version as its manifest describes it. Its objects are read with
    `groundplan dataset checkout`, by those who may read the bucket."""
    s3, bucket = dataset_bucket(dataset)
    whole = _whole(digest)
    found = reading.read(s3, bucket, f"{dataset}@{whole}")
    return answers.DatasetVersionDetail(**found.as_dict(), tags=_tags(dataset).get(whole, []))


def _whole(digest: str) -> str:
    return f"sha256:{digest.removeprefix('sha256:')}" if digest else ""


def _tags(dataset: str) -> dict[str, list[str]]:
    """Returns the tags of a dataset, by the digest of the version that each names."""
    s3, bucket = dataset_bucket(dataset)
    found: dict[str, list[str]] = {}
    for tag in reading.tags(s3, bucket, dataset):
        found.setdefault(tag.digest, []).append(tag.name)
    return found
