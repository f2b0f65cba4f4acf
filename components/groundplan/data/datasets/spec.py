"""The specification of a Datasets: its arguments, with every default."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from groundplan.arguments import with_defaults
from groundplan.data.datasets.args import DatasetsArgs, PublicationTargetArgs
from groundplan.lambda_functions import operation
from groundplan.storage.access import ArtifactAccessArgs


@dataclass(frozen=True)
class PublicationTarget:
    """What receives the publications of a dataset."""

    arn: pulumi.Input[str]
    role_arn: pulumi.Input[str] | None
    tags: tuple[str, ...]
    """Empty for all tags."""
    text: bool


@dataclass(frozen=True)
class DatasetsSpec(operation.Notified):
    """Named datasets, complete."""

    bucket: ArtifactAccessArgs
    targets: Mapping[str, Mapping[str, PublicationTarget]]
    """Dataset -> name -> what receives its publications; each dataset has an entry."""
    kms_key_arn: pulumi.Input[str] | None
    """None for a key that is created."""
    deletion_protection: bool

    @property
    def has_targets(self) -> bool:
        """Whether somebody receives publications."""
        return any(self.targets.values())


def resolve(args: DatasetsArgs) -> DatasetsSpec:
    """Returns the specification of valid arguments."""
    filled = with_defaults(DatasetsArgs, args)
    return DatasetsSpec(
        **operation.notified(filled),
        bucket=args["bucket"],
        targets={
            name: {key: _target(target) for key, target in dataset.get("targets", {}).items()}
            for name, dataset in args["sets"].items()
        },
        kms_key_arn=args.get("kms_key_arn"),
        deletion_protection=filled["deletion_protection"],
    )


def _target(args: PublicationTargetArgs) -> PublicationTarget:
    text = with_defaults(PublicationTargetArgs, args)["text"]
    return PublicationTarget(
        args["arn"], args.get("role_arn"), tuple(args.get("tag_names", ())), text
    )
