"""Validates delivery settings."""

import re

from groundplan.delivery_levels.args import APPROVAL_DEFAULTS, ApprovalArgs, DeliveryArgs
from groundplan.delivery_levels.choices import DeliveryLevel
from groundplan.problems import Problem, under, whole_number

KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")
"""ARN of a key. An alias can be moved to another key, whose signatures would count."""
STORE = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/.*)?")
MOST_HOURS = 720


def validate(args: DeliveryArgs) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    approval = args.get("approval", {})
    problems = _approval(approval)
    if args.get("level") is DeliveryLevel.CONTINUOUS_DEPLOYMENT:
        allowed = "nothing with continuous-deployment: gates decide, and nobody approves"
        fix = "remove it, or declare continuous-delivery"
        named: dict[str, object] = {**approval}
        problems += [Problem(key, value, allowed, fix) for key, value in named.items()]
    return under("approval", problems)


def _approval(args: ApprovalArgs) -> list[Problem]:
    problems = whole_number(
        "valid_hours",
        args.get("valid_hours", APPROVAL_DEFAULTS["valid_hours"]),
        1,
        MOST_HOURS,
        "hours",
    )
    key, store = args.get("key_arn"), args.get("store")
    if key is not None and not KEY.fullmatch(key):
        allowed = "the ARN of a KMS key: arn:aws:kms:us-east-1:123456789012:key/ID"
        fix = "name the key itself: an alias can be moved to another key"
        problems.append(Problem("key_arn", key, allowed, fix))
    if store is not None and not STORE.fullmatch(store):
        problems.append(Problem("store", store, "s3://BUCKET or s3://BUCKET/PREFIX"))
    return problems
