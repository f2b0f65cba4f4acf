"""The specification of a Datasets: its arguments, with every default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from groundplan.arguments import with_defaults
from groundplan.data.datasets.args import DatasetsArgs, PublicationTargetArgs
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
class DatasetsSpec:
    """Named datasets, complete."""

    bucket: ArtifactAccessArgs
    targets: Mapping[str, Mapping[str, PublicationTarget]]
    """Dataset -> name -> what receives its publications; each dataset has an entry."""
    alarm_actions: Sequence[pulumi.Input[str]]
    owner: str
    """Empty if it is unknown."""
    runbooks_url: str
    """Empty if alarms name paths."""
    kms_key_arn: pulumi.Input[str] | None
    """None for a key that is created."""
    deletion_protection: bool
    tags: Mapping[str, pulumi.Input[str]]

    @property
    def has_targets(self) -> bool:
        """Whether somebody receives publications."""
        return any(self.targets.values())


def resolve(args: DatasetsArgs) -> DatasetsSpec:
    """Returns the specification of valid arguments."""
    filled = with_defaults(DatasetsArgs, args)
    return DatasetsSpec(
        bucket=args["bucket"],
        targets={
            name: {key: _target(target) for key, target in dataset.get("targets", {}).items()}
            for name, dataset in args["sets"].items()
        },
        alarm_actions=args.get("alarm_actions", ()),
        owner=args.get("owner", ""),
        runbooks_url=args.get("runbooks_url", ""),
        kms_key_arn=args.get("kms_key_arn"),
        deletion_protection=filled["deletion_protection"],
        tags=args.get("tags", {}),
    )


def _target(args: PublicationTargetArgs) -> PublicationTarget:
    text = with_defaults(PublicationTargetArgs, args)["text"]
    return PublicationTarget(
        args["arn"], args.get("role_arn"), tuple(args.get("tag_names", ())), text
    )
