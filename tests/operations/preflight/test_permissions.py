"""What a preflight asks IAM: about the roles, the boundary and the region that the
requests of `up` have."""

from typing import Any

import pytest
from account_world import ACCOUNT, World
from groundplan.manifest.model import Manifest, Resource
from groundplan.operations.preflight import permissions
from groundplan.operations.preflight.finding import Finding
from groundplan.operations.preflight.plan import Plan

REGION = "eu-west-1"
DEPLOYER = f"arn:aws:iam::{ACCOUNT}:role/ci-deploy"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"


def resource(token: str, name: str, inputs: dict[str, Any]) -> Resource:
    urn = f"urn:pulumi:prod::shop::{token}::{name}"
    return Resource(urn, token, name, None, True, inputs)


def plan(deployer: str = "", **role: Any) -> Plan:
    """A plan of a role, its policy, and a function that it is passed to."""
    resources = (
        resource("aws:iam/role:Role", "job", role),
        resource("aws:iam/rolePolicy:RolePolicy", "job-policy", {"role": "${job.name}"}),
        resource("aws:lambda/function:Function", "job", {"role": "${job.arn}"}),
    )
    return Plan(Manifest("shop", "prod", resources, aws_region=REGION), deployer=deployer)


def asked(checked: Plan, world: World | None = None) -> dict[str, tuple[str, dict[str, str]]]:
    """Action -> the resource and the context that IAM is asked about."""
    world = world or World(checked)
    assert list(permissions.check(checked, world)) == []
    found = {}
    for _, operation, request in world.asked:
        if operation == "simulate_principal_policy":
            context = {
                e["ContextKeyName"]: e["ContextKeyValues"][0] for e in request["ContextEntries"]
            }
            (arn,) = request.get("ResourceArns", ("*",))
            found |= dict.fromkeys(request["ActionNames"], (arn, context))
    return found


def test_requests_about_roles_have_their_path_and_their_boundary() -> None:
    found = asked(plan(path="/shop/prod/", permissionsBoundary=BOUNDARY))
    arn = f"arn:aws:iam::{ACCOUNT}:role/shop/prod/job-0000000"
    bounded = {"aws:RequestedRegion": "us-east-1", "iam:PermissionsBoundary": BOUNDARY}
    assert found["iam:CreateRole"] == found["iam:PutRolePolicy"] == (arn, bounded)
    assert found["iam:PassRole"] == (arn, {"aws:RequestedRegion": "us-east-1"})


def test_other_requests_have_the_region_of_their_resource() -> None:
    assert asked(plan())["lambda:CreateFunction"] == ("*", {"aws:RequestedRegion": REGION})


def test_a_role_with_a_name_of_its_own_is_asked_about_by_it() -> None:
    assert asked(plan(name="jobs"))["iam:CreateRole"][0] == f"arn:aws:iam::{ACCOUNT}:role/jobs"


def test_the_permissions_are_those_of_who_deploys() -> None:
    checked = plan(DEPLOYER)
    world = World(checked)
    asked(checked, world)
    sources = {r["PolicySourceArn"] for _, _, r in world.asked if "PolicySourceArn" in r}
    assert sources == {DEPLOYER}
    world.denied_actions = {"iam:CreateRole": "explicitDeny"}
    (finding,) = permissions.check(checked, world)
    assert isinstance(finding, Finding)
    assert (finding.name, finding.limit) == ("job", f"{DEPLOYER}: an explicit deny")


@pytest.mark.parametrize(
    ("role", "arn"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/old/x", f"arn:aws:iam::{ACCOUNT}:role/old/x"),
        ("old", f"arn:aws:iam::{ACCOUNT}:role/old"),
    ],
)
def test_a_role_that_is_there_already_is_asked_about_by_its_arn(role: str, arn: str) -> None:
    function = resource("aws:lambda/function:Function", "job", {"role": role})
    checked = Plan(Manifest("shop", "prod", (function,), aws_region=REGION))
    assert asked(checked)["iam:PassRole"][0] == arn
