"""The datasets of a bucket as read-only volumes of the namespaces that read them."""

from collections.abc import Mapping

import pulumi

from groundplan.training.teams.data_grants import DataGrants
from groundplan.training.volumes.s3_volumes import S3Folder, S3Volume


def dataset_volumes(
    name: str,
    bucket_name: pulumi.Input[str],
    region: pulumi.Input[str],
    grants: Mapping[str, DataGrants],
    homes: Mapping[str, pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> dict[tuple[str, str], S3Volume]:
    """Creates the claim `dataset-<name>` in each namespace that reads a dataset.
    `homes` are the namespaces; `opts` has parent and provider, and depends on the
    driver."""
    return {
        (namespace, dataset): S3Volume(
            name,
            S3Folder(bucket_name, region, prefix),
            namespace=namespace,
            claim_name=f"dataset-{dataset}",
            opts=opts,
            home=homes[namespace],
        )
        for namespace, granted in grants.items()
        for dataset, prefix in granted.datasets.items()
    }
