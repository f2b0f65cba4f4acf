"""Checks that image tags are immutable."""

from collections.abc import Iterator

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import unknown

REPOSITORY = "aws:ecr/repository:Repository"


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type != REPOSITORY:
        return
    mutability = resource.inputs.get("imageTagMutability")
    # IMMUTABLE_WITH_EXCLUSION names the tags that may move.
    if not str(mutability).startswith("IMMUTABLE") and not unknown(mutability):
        reason = (
            f"in the repository {resource.name} a tag can be moved to another image than the one "
            "that was tested"
        )
        yield Breach(resource.urn, reason, "imageTagMutability")


RULE = Rule(
    name="repository-tags-immutable",
    severity=Severity.MEDIUM,
    summary="Image tags are immutable.",
    reason="With mutable tags, a tag can refer to another image than the one that was tested.",
    fix="set image_tag_mutability to IMMUTABLE, and use a unique tag for each build",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/ecr-controls.html#ecr-2",
)
