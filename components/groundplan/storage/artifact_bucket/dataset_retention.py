"""Whether the lifecycle of a bucket keeps what versions of its datasets refer to."""

from collections.abc import Iterator, Sequence

from groundplan.problems import Problem
from groundplan.storage import dataset_folders
from groundplan.storage.artifact_bucket.args import ArtifactBucketArgs, LifecycleArgs

MAX_DATASETS = 25
"""Each has four folders in the bucket policy, with the bucket's ARN: at most 152
characters each, of 20 KB (S3 User Guide, "Bucket policies")."""


def dataset_problems(args: ArtifactBucketArgs) -> list[Problem]:
    """Returns the problems of the datasets, and of a lifecycle that would remove what
    one of their versions refers to."""
    names = args.get("datasets", ())
    found = [p for i, n in enumerate(names) for p in _name(f"datasets[{i}]", n, names[:i])]
    if len(names) > MAX_DATASETS:
        allowed = f"at most {MAX_DATASETS} datasets: each is in the bucket policy"
        found.append(Problem("datasets", len(names), allowed, "use another bucket for the rest"))
    if names:
        found += _lifecycle(args.get("lifecycle", {}), names)
    return found


def _name(key: str, name: str, earlier: Sequence[str]) -> list[Problem]:
    if name in earlier:
        return [Problem(key, name, "each dataset once", "remove it")]
    return dataset_folders.name_problems(key, name)


def _lifecycle(lifecycle: LifecycleArgs, names: Sequence[str]) -> Iterator[Problem]:
    for prefix, days in lifecycle.get("expire", {}).items():
        yield from _kept(f"lifecycle.expire.{prefix}", prefix, days, names)
    prefixes = lifecycle.get("noncurrent_prefixes")
    for index, prefix in enumerate(prefixes or ()):
        yield from _kept(f"lifecycle.noncurrent_prefixes[{index}]", prefix, prefix, names)
    days = lifecycle.get("noncurrent_days", 0)
    if days and prefixes is None:
        allowed = (
            "0 with datasets, or days in noncurrent_prefixes: a version of a dataset refers to "
            "objects that were overwritten since"
        )
        fix = "name the folders in lifecycle.noncurrent_prefixes, or remove it"
        yield Problem("lifecycle.noncurrent_days", days, allowed, fix)


def _kept(key: str, prefix: str, value: object, names: Sequence[str]) -> Iterator[Problem]:
    overlapped = dataset_folders.overlapped(prefix, names) if prefix else None
    if overlapped:
        allowed = f"a folder apart from {overlapped}: versions of the dataset refer to its objects"
        yield Problem(
            key, value, allowed, "remove it; `groundplan dataset gc` removes what is unused"
        )
