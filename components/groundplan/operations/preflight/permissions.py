"""Whether the caller may create what a stack registers, by IAM's policy simulation."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.facts import provider_calls, regions
from groundplan.facts.provider_calls import Phase
from groundplan.manifest.model import Resource
from groundplan.operations.preflight.finding import Finding, Unchecked
from groundplan.operations.preflight.plan import Plan
from groundplan.operations.preflight.reader import Missing, Reader, entries

CHECK = "permissions"
REGION = "us-east-1"
ANY = "*"
AWS = "aws:"
"""How the type tokens of the AWS provider begin."""
AT_ONCE = 50
"""Actions of one simulation; the API returns at most 1000 results."""

CREATION = (Phase.CREATE, Phase.REFRESH)
"""What `up` does for a resource that isn't there: the provider reads what it
creates."""

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/policy:Policy"
IAM: Mapping[str, str] = {
    ROLE: "role",
    "aws:iam/rolePolicy:RolePolicy": "role",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "role",
    POLICY: "policy",
}
"""Type -> the kind of what its actions are on, in the ARNs of IAM."""

PASSES_ROLE = ("roleArn", "nodeRoleArn", "executionRoleArn", "role")
"""Inputs with a role that the caller passes to a service, which needs iam:PassRole."""


@dataclass(frozen=True)
class Target:
    """What actions are asked for: policies may say more than `*` of it."""

    region: str
    resource: str = ANY
    """Its ARN. Policies of roles go by the path; one name represents the others
    there."""
    boundary: str = ""


Needs = Mapping[Target, Mapping[str, Resource]]
"""Target -> action -> the first resource that `up` creates by it."""


def needs(plan: Plan, account: str) -> Needs:
    """What `up` asks AWS for, of the types whose calls are known."""
    found: dict[Target, dict[str, Resource]] = {}
    for resource in sorted(plan.manifest, key=lambda each: plan.steps[each.urn]):
        actions = provider_calls.actions(resource.type, CREATION)
        if actions is None or plan.is_deployed(resource):
            continue
        for action in actions:
            target = _target(plan, account, resource, action)
            found.setdefault(target, {}).setdefault(action, resource)
        if resource.type not in IAM:
            for key in PASSES_ROLE:
                if key in resource.inputs:
                    target = _of_role(plan, account, resource, resource.inputs[key])
                    found.setdefault(target, {}).setdefault("iam:PassRole", resource)
    return found


def unknown(plan: Plan) -> tuple[str, ...]:
    """The types that `up` creates by calls that are not known."""
    created = {each.type for each in plan.manifest if each.custom and not plan.is_deployed(each)}
    return tuple(
        token
        for token in sorted(created)
        if token.startswith(AWS) and provider_calls.actions(token) is None
    )


def _target(plan: Plan, account: str, resource: Resource, action: str) -> Target:
    kind = IAM.get(resource.type) if action.startswith("iam:") else None
    if kind is None:
        return Target(plan.region(resource))
    if kind == "role" and resource.type != ROLE:
        return _of_role(plan, account, resource, resource.inputs.get("role"))
    return _in_path(plan, account, resource, kind)


def _of_role(plan: Plan, account: str, resource: Resource, value: Any) -> Target:
    """The role that an input refers to: one of the plan, or one that is there."""
    role = plan.referenced(value, ROLE)
    if role is not None:
        return _in_path(plan, account, role, "role")
    there = isinstance(value, str) and value.startswith("arn:")
    return Target(plan.region(resource), value if there else ANY)


def _in_path(plan: Plan, account: str, resource: Resource, kind: str) -> Target:
    region, path = plan.region(resource), str(resource.inputs.get("path", "/"))
    boundary = str(resource.inputs.get("permissionsBoundary", ""))
    partition = regions.partition(region)
    arn = f"arn:{partition}:iam::{account}:{kind}{path}{plan.manifest.stack}"
    return Target(region, arn, boundary)


def check(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each action that the policies of who deploys do not
    allow."""
    identity = account.read("sts", "get_caller_identity", region=plan.home or REGION)
    arn = plan.deployer or str(identity["Arn"])
    if arn.endswith(":root"):
        return  # it may do everything
    for token in unknown(plan):
        yield Unchecked(CHECK, token, "the calls that create it are not known")
    asked = needs(plan, str(identity["Account"]))
    if not asked:
        return  # nothing to create
    principal = plan.deployer or _principal(account, arn)
    if not principal:
        yield Unchecked(CHECK, arn, "IAM simulates policies of users and roles only")
        return
    for target, actions in asked.items():
        yield from _simulated(plan, account, principal, target, actions)


def _simulated(
    plan: Plan, account: Reader, principal: str, target: Target, actions: Mapping[str, Resource]
) -> Iterator[Finding | Unchecked]:
    names = sorted(actions)
    for start in range(0, len(names), AT_ONCE):
        for action, decision, lacks in _decisions(
            account, principal, target, names[start : start + AT_ONCE]
        ):
            if decision == "implicitDeny" and lacks:
                # A condition decides, on a value that only the real request has.
                yield Unchecked(CHECK, action, f"it depends on {', '.join(lacks)}")
            elif decision != "allowed" and action in actions:
                words = "an explicit deny" if decision == "explicitDeny" else "no policy allows it"
                resource = actions[action]
                yield Finding(
                    CHECK,
                    resource.urn,
                    action,
                    f"{principal}: {words}",
                    f"allow {action} to {plan.deployer or 'the caller'}",
                    region=plan.region(resource),
                    source=resource.source,
                )


def _decisions(
    account: Reader, principal: str, target: Target, actions: Sequence[str]
) -> Iterator[tuple[str, str, Sequence[str]]]:
    answer = account.read(
        "iam",
        "simulate_principal_policy",
        region=REGION,
        PolicySourceArn=principal,
        ActionNames=list(actions),
        ResourceArns=[target.resource],
        ContextEntries=_context(target),
    )
    for entry in entries(answer, "EvaluationResults"):
        yield (
            str(entry["EvalActionName"]),
            str(entry["EvalDecision"]),
            entry.get("MissingContextValues") or [],
        )


def _context(target: Target) -> list[Mapping[str, Any]]:
    """The keys of a request that conditions of boundaries and of organizations are
    on."""
    known = {"aws:RequestedRegion": target.region, "iam:PermissionsBoundary": target.boundary}
    return [
        {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
        for key, value in known.items()
        if value
    ]


def _principal(account: Reader, arn: str) -> str:
    """Returns the user or role whose policies decide; empty for any other identity. The
    ARN of a session lacks the role's path, which only IAM knows."""
    match = re.fullmatch(r"arn:[\w-]+:sts::\d+:assumed-role/([^/]+)/.*", arn)
    if match is None:
        return arn if re.search(r":(user|role)/", arn) else ""
    try:
        role = account.read("iam", "get_role", region=REGION, RoleName=match[1])
    except Missing:
        return ""
    return str(role["Role"]["Arn"])
