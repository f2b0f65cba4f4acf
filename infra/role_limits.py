"""The path and the permissions boundary of all IAM roles of an environment."""

import re
from collections.abc import Iterator
from typing import Any, NotRequired, TypedDict

from groundplan.problems import Problem
from groundplan.storage import arns

PATH = re.compile(r"/(?:[A-Za-z0-9._-]+/){0,5}")
"""IAM API, CreateRole, Path: as far as names of people and teams go."""
ROLE = "aws:iam/role:Role"
WITH_PATH = (ROLE, "aws:iam/policy:Policy", "aws:iam/instanceProfile:InstanceProfile")


class IamSettings(TypedDict):
    """IAM roles and policies of an environment. `CiAccess` exports both values, for
    pipelines that may change only these roles."""

    path: NotRequired[str]
    """Path of all roles, policies and instance profiles: `/groundplan/prod/`. Default:
    /. Changing it replaces them."""
    permissions_boundary_arn: NotRequired[str]
    """ARN of the policy that is the permissions boundary of all roles. Default: none.
    Updates in place."""


def problems(iam: IamSettings) -> Iterator[Problem]:
    """Yields the problems of the section, by key."""
    path = iam.get("path")
    if path is not None and not PATH.fullmatch(path):
        allowed = "/ or /name/ or /name/name/"
        yield Problem("path", path, allowed, "begin and end with /: /groundplan/prod/")
    boundary = iam.get("permissions_boundary_arn")
    yield from arns.of_service("permissions_boundary_arn", boundary, "iam", "policy/")


def inputs(iam: IamSettings, type: str) -> dict[str, Any]:
    """Returns the inputs that a resource of a type gets."""
    found: dict[str, Any] = {}
    if type in WITH_PATH and "path" in iam:
        found["path"] = iam["path"]
    if type == ROLE and "permissions_boundary_arn" in iam:
        found["permissionsBoundary"] = iam["permissions_boundary_arn"]
    return found
