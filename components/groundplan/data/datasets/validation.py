"""Validates the arguments of a Datasets."""

from collections.abc import Mapping
from typing import Any

from groundplan import runbooks
from groundplan.context import Context
from groundplan.data.datasets.args import DatasetsArgs, PublicationTargetArgs
from groundplan.data.reference import TAG
from groundplan.problems import Problem, under
from groundplan.storage import arns, dataset_folders
from groundplan.storage.artifact_bucket.dataset_retention import MAX_DATASETS

MAX_TARGETS = 5
"""Targets of a rule of EventBridge (Amazon EventBridge quotas)."""
MAX_NAMES = 46
"""Characters of the names of the component and a dataset: an EventBridge rule has 64
(EventBridge API, `PutRule`), of which 8 are the digest of its tags, 8 Pulumi's suffix
and 2 hyphens."""
ROLED = ("states", "events")
"""Services whose targets EventBridge reaches by a role (Amazon EventBridge User Guide,
"Amazon EventBridge targets")."""
SERVICES = ("sns", "sqs", "lambda", *ROLED)


def validate(args: DatasetsArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    found: list[Problem] = []
    found += arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
    found += runbooks.problems("runbooks_url", args.get("runbooks_url"))
    found += runbooks.owner_problems("owner", args.get("owner"))
    sets: Mapping[str, Any] = args.get("sets", {})
    if "sets" in args and not 1 <= len(sets) <= MAX_DATASETS:
        allowed = f"1 to {MAX_DATASETS} datasets: each is in the bucket's policy"
        fix = "use a bucket for each part of them" if sets else "name a dataset"
        found.append(Problem("sets", len(sets) or {}, allowed, fix))
    for name, dataset in sets.items():
        found += under(f"sets.{name}", dataset_folders.name_problems("", name))
        targets = dataset.get("targets", {})
        if targets and len(context.name) + len(name) > MAX_NAMES:
            allowed = (
                f"at most {MAX_NAMES} characters together with the name {context.name}, as rules "
                "are named after both"
            )
            found.append(Problem(f"sets.{name}", name, allowed, "rename one of them"))
        if len(targets) > MAX_TARGETS:
            allowed = f"at most {MAX_TARGETS}: an EventBridge rule has no more"
            fix = "publish to an SNS topic, and subscribe the rest to it"
            found.append(Problem(f"sets.{name}.targets", len(targets), allowed, fix))
        for key, target in targets.items():
            found += under(f"sets.{name}.targets.{key}", _target(key, target))
    return found


def _target(name: str, target: PublicationTargetArgs) -> list[Problem]:
    found = under("", dataset_folders.name_problems("", name)) if name else []
    arn, role = target.get("arn"), target.get("role_arn")
    if isinstance(arn, str):
        service = arn.split(":")[2] if arn.count(":") >= 5 else ""
        if service not in SERVICES:
            allowed = "the ARN of a topic, a queue, a function, a state machine or an event bus"
            found.append(Problem("arn", arn, allowed, "use the ARN of one of them"))
        elif service in ROLED and role is None:
            allowed = "the role that EventBridge assumes for a state machine or an event bus"
            found.append(Problem("role_arn", role, allowed, "set role_arn"))
        elif service not in ROLED and role is not None:
            allowed = f"nothing for a target of {service}, whose own policy lets EventBridge use it"
            found.append(Problem("role_arn", role, allowed, "remove it"))
    found += arns.of_service("role_arn", role, "iam", "role/")
    found += [
        Problem(f"tag_names[{i}]", tag, "a tag: up to 63 letters, digits, dots, - and _")
        for i, tag in enumerate(target.get("tag_names", ()))
        if not TAG.fullmatch(tag)
    ]
    if "tag_names" in target and not target["tag_names"]:
        found.append(Problem("tag_names", [], "tags of the dataset", "remove it for all tags"))
    return found
