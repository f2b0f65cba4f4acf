"""The caller's permissions: what IAM's simulation is asked."""

from functools import cache
from typing import Any

import pulumi_aws as aws
from account_world import ACCOUNT, World
from groundplan.operations.preflight import permissions
from groundplan.operations.preflight.plan import Plan
from groundplan.testing import deploy

BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/groundplan-boundaries/prod-ci"


def program() -> None:
    role = aws.iam.Role(
        "jobs",
        path="/groundplan/prod/",
        permissions_boundary=BOUNDARY,
        assume_role_policy="{}",
    )
    aws.iam.RolePolicy("reads", role=role.name, policy="{}")
    aws.sqs.Queue("work")
    machine: Any = {"role_arn": role.arn, "definition": "{}"}
    aws.sfn.StateMachine("machine", **machine)


@cache
def plan() -> Plan:
    return Plan(deploy(program, stack="prod", region="eu-west-1").manifest)


def simulated(world: World) -> dict[str, dict[str, Any]]:
    """Action -> the request in which it was simulated."""
    list(permissions.check(world.plan, world))
    return {
        action: request
        for service, operation, request in world.asked
        if (service, operation) == ("iam", "simulate_principal_policy")
        for action in request["ActionNames"]
    }


def test_actions_of_roles_are_simulated_in_their_path_with_their_boundary_and_region() -> None:
    asked = simulated(World(plan()))
    for action in ("iam:CreateRole", "iam:GetRole", "iam:PutRolePolicy", "iam:PassRole"):
        assert asked[action]["ResourceArns"] == [
            f"arn:aws:iam::{ACCOUNT}:role/groundplan/prod/prod"
        ]
        context = {
            e["ContextKeyName"]: e["ContextKeyValues"] for e in asked[action]["ContextEntries"]
        }
        assert context == {
            "aws:RequestedRegion": ["eu-west-1"],
            "iam:PermissionsBoundary": [BOUNDARY],
        }
    assert asked["sqs:CreateQueue"]["ResourceArns"] == ["*"]
    assert [e["ContextKeyName"] for e in asked["sqs:CreateQueue"]["ContextEntries"]] == [
        "aws:RequestedRegion"
    ]


def test_what_the_provider_reads_of_what_it_creates_is_needed_as_well() -> None:
    world = World(plan())
    world.denied_actions["sqs:GetQueueAttributes"] = "implicitDeny"
    (finding,) = permissions.check(world.plan, world)
    assert "sqs:GetQueueAttributes" in str(finding)
