"""How long a bucket keeps what, and where: the arguments, their defaults and their
rules. Nothing here knows Pulumi."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

from groundplan.problems import Problem, under, whole_number
from groundplan.storage.prefixes import prefix_problems

NONCURRENT_DAYS = 90
INTELLIGENT_TIERING_DAYS = 30
ABORT_MULTIPART_DAYS = 7

MAX_DAYS = 36_500
"""A hundred years, the longest retention of S3 Object Lock (S3 User Guide, "Setting
retention limits")."""


class LifecycleArgs(TypedDict):
    """How long a bucket keeps what, and where. All of it updates in place, and acts on
    what is in the bucket already."""

    noncurrent_days: NotRequired[int]
    """Days after which a version that was overwritten or deleted is gone for good; 0
    keeps all versions. Default: 90."""
    intelligent_tiering_days: NotRequired[int]
    """Days after which objects move to S3 Intelligent-Tiering; 0 leaves them in S3
    Standard. Default: 30. Reading them costs and takes the same there, a month or more
    without a read makes them cheaper; what is younger, such as scratch data, is spared
    the charge of the move. Objects below 128 KB stay where they are."""
    abort_multipart_days: NotRequired[int]
    """Days after which the parts of an upload that was never completed are removed;
    they cost, and no listing shows them. Default: 7."""
    expire: NotRequired[Mapping[str, int]]
    """Prefix -> days after which its objects are deleted, `{"scratch/": 14}`; they stay
    as old versions for `noncurrent_days`. Default: nothing expires."""


def problems(lifecycle: LifecycleArgs) -> list[Problem]:
    """What is wrong with the values of `lifecycle`."""
    found = whole_number(
        "noncurrent_days", lifecycle.get("noncurrent_days"), 0, MAX_DAYS, "days, 0 for ever"
    )
    tiering = lifecycle.get("intelligent_tiering_days")
    found += whole_number("intelligent_tiering_days", tiering, 0, MAX_DAYS, "days, 0 for never")
    found += whole_number(
        "abort_multipart_days", lifecycle.get("abort_multipart_days"), 1, MAX_DAYS, "days"
    )
    for prefix, days in lifecycle.get("expire", {}).items():
        found += under("expire", whole_number(prefix, days, 1, MAX_DAYS, "days"))
        if not prefix:
            found.append(
                Problem(
                    "expire",
                    prefix,
                    'folders such as "scratch/"',
                    "name what may be lost, not the whole bucket",
                )
            )
        found += prefix_problems("expire", prefix)
    return found
