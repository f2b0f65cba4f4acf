"""What a role may do with datasets of a bucket: read, write or publish. Pure.

Reading reaches all of a dataset: its objects, versions and tags. Writing adds objects,
and changes neither versions nor tags. Publishing reads, adds versions and moves tags,
and writes no objects. Nothing deletes, but a publisher the pins that it sets itself.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pulumi

from groundplan.iam import Statement, allow
from groundplan.storage import dataset_folders
from groundplan.storage.access import read_statements, write_statements


def reading(
    bucket_arn: pulumi.Input[str], key_arn: pulumi.Input[str], datasets: Sequence[str]
) -> list[Statement]:
    """Returns the statements that allow to list and read datasets."""
    objects, listing, *rest = read_statements(bucket_arn, key_arn, "")
    prefixes = [f"{dataset_folders.folder(name)}*" for name in datasets]
    return [
        {
            **objects,
            "Resource": _folders(bucket_arn, datasets, lambda name: [dataset_folders.folder(name)]),
        },
        {**listing, "Condition": {"StringLike": {"s3:prefix": prefixes}}},
        *rest,
    ]


def writing(
    bucket_arn: pulumi.Input[str], key_arn: pulumi.Input[str], datasets: Sequence[str]
) -> list[Statement]:
    """Returns the statements that allow to write the objects of datasets."""
    objects, *rest = write_statements(bucket_arn, key_arn, "")
    return [
        {**objects, "Resource": _folders(bucket_arn, datasets, dataset_folders.written)},
        *rest,
    ]


def publishing(
    bucket_arn: pulumi.Input[str], key_arn: pulumi.Input[str], datasets: Sequence[str]
) -> list[Statement]:
    """Returns the statements that allow to read datasets, to add versions and to move
    tags, by conditional writes only."""
    # Source: Amazon S3 User Guide, "Enforce conditional writes on Amazon S3 buckets".
    once, match = {"s3:if-none-match": "false"}, {"s3:if-match": "false"}
    versions = _folders(bucket_arn, datasets, dataset_folders.added)
    tags = _folders(bucket_arn, datasets, lambda name: [dataset_folders.tags(name)])
    objects, listing, locating, _decrypting = reading(bucket_arn, key_arn, datasets)
    encrypting = write_statements(bucket_arn, key_arn, "")[1]
    return [
        objects,
        # A version names the versions of objects; whether the bucket keeps them is in
        # its configuration.
        {**listing, "Action": [*listing["Action"], "s3:ListBucketVersions"]},
        {
            **locating,
            "Action": [
                *locating["Action"],
                "s3:GetBucketVersioning",
                "s3:GetLifecycleConfiguration",
            ],
        },
        _put("AddVersionsAndTags", [*versions, *tags], {"Null": once}),
        _put("MoveTags", tags, {"Null": match}),
        allow(
            "RemovePins",
            ["s3:DeleteObject"],
            _folders(bucket_arn, datasets, lambda n: [dataset_folders.pins(n)]),
        ),
        encrypting,
    ]


def _put(sid: str, resources: Sequence[pulumi.Input[str]], condition: dict[str, Any]) -> Statement:
    return allow(sid, ["s3:PutObject"], list(resources), condition)


def _folders(
    bucket_arn: pulumi.Input[str],
    datasets: Sequence[str],
    folders: Callable[[str], Sequence[str]],
) -> list[pulumi.Input[str]]:
    return [
        pulumi.Output.concat(bucket_arn, f"/{folder}*")
        for name in datasets
        for folder in folders(name)
    ]
