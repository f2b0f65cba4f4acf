"""AWS's own managed policies, which no manifest has: the documents that moto ships, of
the AWS Managed Policy Reference."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

ARN = "arn:aws:iam::aws:policy/"


class NoSuchPolicy(Exception):
    """AWS has no managed policy of a name."""


@cache
def document(arn: str) -> Mapping[str, Any]:
    """Returns the document of a policy by its ARN. Only its part of the text is parsed:
    all of it takes half a second."""
    # The entries are the members of the outermost object, each on a line of its own.
    key = f'\n "{arn.removeprefix(ARN)}":'
    begin = aws_managed_policies_data.find(key)
    if begin < 0:
        raise NoSuchPolicy(f"AWS has no managed policy {arn}")
    entry, _ = json.JSONDecoder().raw_decode(aws_managed_policies_data, begin + len(key))
    found: Mapping[str, Any] = entry["Document"]
    return found
