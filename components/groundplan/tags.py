"""The tags that every resource of a component carries.

Provider default tags don't reach launch templates, volumes or node pools, and are
invisible in a plan, so components set tags on each child themselves.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi

from groundplan.problems import Problem

Tags = Mapping[str, pulumi.Input[str]]

MAX_KEY, MAX_VALUE, MAX_TAGS = 128, 256, 50
"""AWS General Reference, "Tagging your AWS resources", tag naming limits."""

OF_OTHERS = 10
"""Tags of a resource that are not the caller's: the component's name and `Name`, roles
of subnets, teams and runs, and those that EKS and the CSI driver add to instances and
volumes."""

RESERVED = re.compile(r"(aws|rds):.*", re.IGNORECASE)
"""Prefixes that AWS reserves, in any case; RDS refuses both in keys and in values
(Amazon RDS API, `Tag`)."""

CHARACTERS = "letters, digits, spaces and the characters _ . : / = + - @"
"""What IAM, S3 and SageMaker allow (IAM API, `Tag`); EC2 allows more."""


def merged(component: str, tags: Tags | None, **own: str) -> dict[str, pulumi.Input[str]]:
    """Returns the caller's tags, the component's name under `groundplan:component`, and
    the child's `own`; the caller's win."""
    return {"groundplan:component": component, **own, **(tags or {})}


def of_object(component: str) -> dict[str, pulumi.Input[str]]:
    """Returns the tags of an object in a bucket: the component's alone, as Amazon S3
    takes ten ("Categorizing your objects using tags") and the caller's can be more. No
    cost is allocated by them. The plan role of pipelines reads objects that have it."""
    return merged(component, None)


def problems(tags: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of tags; the values of outputs are left to the provider."""
    found = [problem for key, value in tags.items() for problem in _tag(key, value)]
    found += _twice(tags)
    most = MAX_TAGS - OF_OTHERS
    if len(tags) > most:
        allowed = (
            f"at most {most} tags: AWS allows {MAX_TAGS} on a resource, of which up to "
            f"{OF_OTHERS} are added"
        )
        found.append(Problem("", len(tags), allowed, "remove some"))
    return found


def _tag(key: str, value: Any) -> Iterator[Problem]:
    if not key.strip() or len(key) > MAX_KEY or not _are_allowed(key):
        allowed = f"a key of 1 to {MAX_KEY} {CHARACTERS}, not only spaces"
        yield Problem(key, key, allowed, "rename the tag")
    elif RESERVED.fullmatch(key):
        allowed = "a key without the prefixes aws: and rds:, which AWS reserves"
        yield Problem(key, key, allowed, "rename the tag")
    if not isinstance(value, str):
        return
    if len(value) > MAX_VALUE or not _are_allowed(value):
        yield Problem(key, value, f"a value of up to {MAX_VALUE} {CHARACTERS}", "change the value")
    elif RESERVED.fullmatch(value):
        allowed = "a value without the prefixes aws: and rds:, which AWS reserves"
        yield Problem(key, value, allowed, "change the value")


def _are_allowed(text: str) -> bool:
    return all(c in "_.:/=+-@" or unicodedata.category(c)[0] in "LNZ" for c in text)


def _twice(tags: Mapping[str, Any]) -> Iterator[Problem]:
    """IAM compares keys without case, and `Name` is a key of some children."""
    seen: dict[str, str] = {"name": "Name", "groundplan:component": "groundplan:component"}
    for key in tags:
        first = seen.setdefault(key.lower(), key)
        if first != key:
            allowed = f"a key that differs from {first} in more than upper and lower case"
            yield Problem(key, key, f"{allowed}: for IAM they are the same", "rename the tag")
