"""CiAccess: who may assume its roles, and what they may do."""

import json
from typing import Any

import pytest
from groundplan.arguments import InvalidArguments
from groundplan.context import Context
from groundplan.delivery.ci_access.validation import validate
from groundplan.testing import Plan
from hostile_tokens import GITHUB, github, of_azure, of_github
from iam_evaluation import decision, trusted
from registered_access import (
    ACCOUNT,
    AZURE,
    AZURE_ARGS,
    GITHUB_ARN,
    KEY,
    NAMES,
    NUMBERS,
    ORGANIZATION,
    access,
    known,
)

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/policy:Policy"


def trust(plan: Plan, role: str) -> str:
    return str(plan.one(ROLE, f"ci-{role}-role").inputs["assumeRolePolicy"])


@pytest.mark.parametrize(
    ("settings", "own"),
    [(NAMES, "octo-org/octo-repo"), (NUMBERS, "octo-org@1/octo-repo@2")],
    ids=["names", "numbers"],
)
def test_only_the_branch_environment_and_workflow_deploy(settings: Any, own: str) -> None:
    workflow = {"deploy_workflow": ".github/workflows/deploy.yml"}
    policy = trust(access(github={**settings, **workflow}), "deploy")
    assert trusted(policy, GITHUB, github(own))
    hostile = [claims for claims in of_github(own) if claims != github(own)]
    assert len(hostile) > 120
    assert [claims for claims in hostile if trusted(policy, GITHUB, claims)] == []


@pytest.mark.parametrize(
    ("settings", "own"),
    [(NAMES, "octo-org/octo-repo"), (NUMBERS, "octo-org@1/octo-repo@2")],
    ids=["names", "numbers"],
)
def test_of_the_hostile_tokens_only_pull_requests_and_the_branch_plan(
    settings: Any, own: str
) -> None:
    policy = trust(access(github=settings), "plan")
    accepted = [claims for claims in of_github(own) if trusted(policy, GITHUB, claims)]
    assert {(claims["aud"], claims["sub"].removeprefix(f"repo:{own}:")) for claims in accepted} == {
        ("sts.amazonaws.com", "pull_request"),
        ("sts.amazonaws.com", "ref:refs/heads/main"),
        ("sts.amazonaws.com", "environment:prod"),
    }
    assert {claims.get("ref") for claims in accepted if "environment:" in claims["sub"]} == {
        "refs/heads/main"
    }


def test_numbers_are_compared_with_claims_where_the_subject_has_none() -> None:
    own = {"repository_owner_id": "1", "repository_id": "2"}
    others: list[dict[str, str]] = [
        {},
        {**own, "repository_id": "3"},
        {**own, "repository_owner_id": "2"},
        {"repository_id": "2"},
        {"repository_owner_id": "2", "repository_id": "1"},
        {**own, "repository_id": "02"},
    ]
    plan = access(github={**NUMBERS, "numbers_in_subject": False})
    for role, claims in (
        ("deploy", github()),
        ("plan", github(context="pull_request")),
        ("plan", github(context="ref:refs/heads/main")),
    ):
        policy = trust(plan, role)
        assert trusted(policy, GITHUB, {**claims, **own})
        # The name is somebody else's now.
        for wrong in others:
            assert not trusted(policy, GITHUB, {**claims, **wrong}), wrong
    hostile = [claims for claims in of_github("octo-org/octo-repo") if claims != github()]
    workflow = {"deploy_workflow": ".github/workflows/deploy.yml"}
    policy = trust(access(github={**NUMBERS, "numbers_in_subject": False, **workflow}), "deploy")
    assert [claims for claims in hostile if trusted(policy, GITHUB, {**claims, **own})] == []
    assert "github.owner_id" in problems(github={**NAMES, "numbers_in_subject": False})


def test_the_workflow_of_images_assumes_the_deploy_role_beside_the_one_that_deploys() -> None:
    workflows = {
        "deploy_workflow": ".github/workflows/deploy.yml",
        "images_workflow": ".github/workflows/images.yml",
    }
    policy = trust(access(github={**NAMES, **workflows}), "deploy")
    for workflow in workflows.values():
        assert trusted(policy, GITHUB, github(workflow=workflow))
    hostile = [claims for claims in of_github("octo-org/octo-repo") if claims != github()]
    assert [claims for claims in hostile if trusted(policy, GITHUB, claims)] == []
    without = {"images_workflow": workflows["images_workflow"]}
    assert "github.deploy_workflow" in problems(github={**NAMES, **without})


def test_names_alone_are_not_trusted_where_numbers_are_set() -> None:
    policy = trust(access(github=NUMBERS), "deploy")
    assert not trusted(policy, GITHUB, github("octo-org/octo-repo"))


def test_any_workflow_of_the_branch_deploys_without_a_named_one() -> None:
    policy = trust(access(github=NAMES), "deploy")
    assert trusted(policy, GITHUB, github(workflow=".github/workflows/other.yml"))
    assert not trusted(policy, GITHUB, github(ref="refs/heads/feature"))


def test_pull_requests_plan_and_do_not_deploy() -> None:
    plan = access(github=NAMES)
    claims = github(context="pull_request", ref="refs/pull/7/merge")
    assert trusted(trust(plan, "plan"), GITHUB, claims)
    assert not trusted(trust(plan, "deploy"), GITHUB, claims)
    stranger = github("attacker/octo-repo", "pull_request", "refs/pull/7/merge")
    assert not trusted(trust(plan, "plan"), GITHUB, stranger)
    closed = access(github={**NAMES, "plan_from_pull_requests": False})
    assert not trusted(trust(closed, "plan"), GITHUB, claims)
    assert trusted(trust(closed, "plan"), GITHUB, github())  # who deploys may plan


def test_the_branch_plans_without_an_environment_and_no_other_ref_does() -> None:
    policy = trust(access(github=NAMES), "plan")
    assert trusted(policy, GITHUB, github(context="ref:refs/heads/main"))
    for ref in ("refs/heads/feature", "refs/tags/main", "refs/heads/main2", "refs/heads/*"):
        assert not trusted(policy, GITHUB, github(context=f"ref:{ref}", ref=ref))
    assert not trusted(
        trust(access(github=NAMES), "deploy"), GITHUB, github(context="ref:refs/heads/main")
    )


def test_only_the_service_connection_deploys() -> None:
    plan = access(azure=AZURE_ARGS)
    good = {"aud": "api://AzureADTokenExchange", "sub": "sc://octo/shop/deploy-prod"}
    assert trusted(trust(plan, "deploy"), AZURE, good)
    accepted = [
        (issuer, claims)
        for issuer, claims in of_azure(AZURE)
        if trusted(trust(plan, "deploy"), issuer, claims)
    ]
    assert accepted == []
    planning = {**good, "sub": "sc://octo/shop/plan-prod"}
    assert trusted(trust(plan, "plan"), AZURE, planning)


def test_there_are_two_hundred_hostile_tokens() -> None:
    own = [claims for claims in of_github("octo-org/octo-repo") if claims != github()]
    assert len(own) + len(list(of_azure(AZURE))) >= 150
    assert 2 * len(own) + len(list(of_azure(AZURE))) >= 200


def test_github_and_azure_get_a_provider_where_there_is_none() -> None:
    without = {key: value for key, value in AZURE_ARGS.items() if key != "provider_arn"}
    plan = access(github={"repository": "octo-org/octo-repo"}, azure=without)
    providers = plan.all("aws:iam/openIdConnectProvider:OpenIdConnectProvider").values()
    assert {p.inputs["url"]: p.inputs["clientIdLists"] for p in providers} == {
        f"https://{GITHUB}": ["sts.amazonaws.com"],
        f"https://{AZURE}": ["api://AzureADTokenExchange"],
    }
    federated = {
        statement["Principal"]["Federated"]
        for statement in json.loads(trust(plan, "deploy"))["Statement"]
    }
    assert federated == {"${ci-github-provider.arn}", "${ci-azure-provider.arn}"}


def boundary(**args: Any) -> str:
    plan = access(github=NAMES, **args)
    role = plan.one(ROLE, "ci-deploy-role")
    assert role.inputs["permissionsBoundary"] == "${ci-boundary.arn}"
    return known(plan.one(POLICY, "ci-boundary").inputs["policy"])


BOUNDARY = f"{ACCOUNT}:policy/groundplan-boundaries/prod-ci"
OWN = f"{ACCOUNT}:role/groundplan/prod/churn-role-1a2b"
BOUNDED = {"iam:PermissionsBoundary": BOUNDARY, "aws:RequestedRegion": "us-east-1"}
HERE = {"aws:RequestedRegion": "us-east-1"}
ESCALATIONS: list[tuple[str, str, dict[str, str]]] = [
    ("iam:CreateRole", OWN, HERE),
    ("iam:CreateRole", OWN, {"iam:PermissionsBoundary": f"{ACCOUNT}:policy/other", **HERE}),
    ("iam:CreateRole", f"{ACCOUNT}:role/elsewhere", BOUNDED),
    ("iam:PutRolePolicy", f"{ACCOUNT}:role/admin", BOUNDED),
    ("iam:AttachRolePolicy", f"{ACCOUNT}:role/ci-deploy-role-1a2b", BOUNDED),
    ("iam:UpdateAssumeRolePolicy", f"{ACCOUNT}:role/admin", HERE),
    ("iam:UpdateAssumeRolePolicy", f"{ACCOUNT}:role/ci-deploy-role-1a2b", HERE),
    ("iam:PassRole", f"{ACCOUNT}:role/admin", HERE),
    ("iam:TagRole", f"{ACCOUNT}:role/admin", HERE),
    ("iam:DeleteRolePermissionsBoundary", OWN, BOUNDED),
    ("iam:PutRolePermissionsBoundary", OWN, {"iam:PermissionsBoundary": "x", **HERE}),
    ("iam:CreatePolicyVersion", BOUNDARY, HERE),
    ("iam:SetDefaultPolicyVersion", BOUNDARY, HERE),
    ("iam:DeletePolicy", BOUNDARY, HERE),
    ("iam:CreateUser", f"{ACCOUNT}:user/x", HERE),
    ("iam:CreateAccessKey", f"{ACCOUNT}:user/x", HERE),
    ("iam:UpdateLoginProfile", f"{ACCOUNT}:user/x", HERE),
    ("iam:AddUserToGroup", f"{ACCOUNT}:group/x", HERE),
    ("iam:CreateOpenIDConnectProvider", f"{ACCOUNT}:oidc-provider/x", HERE),
    ("iam:AddClientIDToOpenIDConnectProvider", GITHUB_ARN, HERE),
    ("iam:CreateSAMLProvider", f"{ACCOUNT}:saml-provider/x", HERE),
    ("kms:Sign", "arn:aws:kms:us-east-1:123456789012:key/approvals", HERE),
    ("organizations:LeaveOrganization", "*", HERE),
    ("cloudtrail:StopLogging", "arn:aws:cloudtrail:us-east-1:1:trail/x", HERE),
    ("ec2:RunInstances", "*", {"aws:RequestedRegion": "eu-west-1"}),
]


@pytest.mark.parametrize("attempt", ESCALATIONS, ids=lambda a: f"{a[0]} {a[1]}")
def test_no_path_leads_beyond_the_boundary(attempt: tuple[str, str, dict[str, str]]) -> None:
    assert decision(boundary(), *attempt) == "Deny"


def test_the_environment_can_be_deployed_within_the_boundary() -> None:
    plan = access(github=NAMES, state={"bucket_name": "state", "kms_key_arn": KEY})
    policy = plan.one("aws:iam/rolePolicy:RolePolicy", "ci-deploy-policy")
    document = known(policy.inputs["policy"])
    needed = [
        ("iam:CreateRole", OWN, BOUNDED),
        ("iam:PutRolePolicy", OWN, BOUNDED),
        ("iam:UpdateAssumeRolePolicy", OWN, HERE),
        ("iam:PassRole", OWN, HERE),
        ("iam:DeleteRole", OWN, HERE),
        ("iam:GetRole", OWN, HERE),
        ("iam:ListInstanceProfilesForRole", OWN, HERE),
        ("iam:CreatePolicy", f"{ACCOUNT}:policy/groundplan/prod/x", HERE),
        ("iam:CreateInstanceProfile", f"{ACCOUNT}:instance-profile/karpenter/x", HERE),
        ("s3:PutObject", "arn:aws:s3:::state/.pulumi/locks/x", HERE),
        ("s3:ListBucket", "arn:aws:s3:::state", HERE),
        ("kms:Encrypt", KEY, HERE),
    ]
    for attempt in needed:
        assert decision(boundary(), *attempt) == "Allow", attempt
        assert decision(document, *attempt) == "Allow", attempt
    assert decision(boundary(), "eks:CreateCluster", "*", HERE) == "Allow"
    assert decision(boundary(), "route53:CreateHostedZone", "*", {}) == "Allow"
    attached = plan.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "ci-deploy-0")
    assert attached.inputs["policyArn"] == "arn:aws:iam::aws:policy/PowerUserAccess"


def test_the_boundary_fits_into_a_policy() -> None:
    regions = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1"]
    document = boundary(regions=regions, role_path="/a-long-name-of-a-team/production-europe/")
    # IAM quotas: 6,144 characters without white space.
    assert len("".join(document.split())) <= 6144


def test_every_argument_is_used() -> None:
    plan = access(
        github={**NAMES, "deploy_environment": "live", "deploy_branch": "release"},
        deploy_policy_arns=[f"{ACCOUNT}:policy/deploys"],
        role_path="/ml/prod/",
        regions=["eu-west-1"],
        max_session_hours=3,
        tags={"team": "ml"},
    )
    role = plan.one(ROLE, "ci-deploy-role")
    assert role.inputs["maxSessionDuration"] == 10800
    assert role.inputs["tags"]["team"] == "ml"
    claims = github(context="environment:live", ref="refs/heads/release")
    assert trusted(trust(plan, "deploy"), GITHUB, claims)
    attached = plan.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "ci-deploy-0")
    assert attached.inputs["policyArn"] == f"{ACCOUNT}:policy/deploys"
    document = known(plan.one(POLICY, "ci-boundary").inputs["policy"])
    there = {"aws:RequestedRegion": "eu-west-1"}
    assert decision(document, "iam:DeleteRole", f"{ACCOUNT}:role/ml/prod/x", there) == "Allow"
    assert decision(document, "iam:DeleteRole", OWN, there) == "Deny"
    outputs = plan.one("groundplan:index:CiAccess", "ci").outputs
    assert outputs["rolePath"] == "/ml/prod/"
    assert outputs["boundaryArn"] == "${ci-boundary.arn}"


def problems(**args: Any) -> dict[str, str]:
    with pytest.raises(InvalidArguments) as caught:
        access(**args)
    return {problem.key: str(problem) for problem in caught.value.problems}


def test_a_pipeline_is_required() -> None:
    assert "github, azure or both" in problems()["github"]


def test_wrong_arguments_are_reported_at_once() -> None:
    wrong = {
        "github": {
            "repository": "octo-org/*",
            "owner_id": 1,
            "deploy_environment": "*",
            "deploy_branch": "refs/heads/main",
            "deploy_workflow": "deploy.yml",
        },
        "azure": {
            **AZURE_ARGS,
            "organization_id": "octo",
            "project": "a/b",
            "plan_connection": "deploy-prod",
        },
        "regions": ["us-east-9"],
        "role_path": "/",
        "max_session_hours": 13,
        "deploy_policy_arns": [],
        "state": {"bucket_name": "state", "kms_key_arn": "key"},
    }
    assert set(problems(**wrong)) == {
        "github.repository",
        "github.repository_id",
        "github.deploy_environment",
        "github.deploy_branch",
        "github.deploy_workflow",
        "azure.organization_id",
        "azure.project",
        "azure.plan_connection",
        "regions[0]",
        "role_path",
        "max_session_hours",
        "deploy_policy_arns",
        "state.kms_key_arn",
    }


def test_no_environment_has_the_path_of_the_boundaries() -> None:
    assert "role_path" in problems(github=NAMES, role_path="/groundplan-boundaries/x/")


GITHUB_VALUES = {
    "repository": [
        "octo-org/octo-repo\n",
        "octo-org/octo-repo/x",
        "octo-org/..",
        "octo-org/octo?repo",
        'octo-org/"octo"',
        "octo-org/${aws:username}",
        "-octo/octo-repo",
        "octo--org/octo-repo",
    ],
    "deploy_environment": [
        "",
        " prod",
        "prod\n",
        "prod\x00",
        "pr?d",
        "prod%3Aeu",
        "prod%3aeu",
        "${token.actions.githubusercontent.com:environment}",
        "p" * 256,
    ],
    "deploy_branch": [
        "",
        "main\n",
        "ma in",
        "main*",
        "a..b",
        "a//b",
        "/main",
        "main/",
        "-main",
        "main\x7f",
        "${token.actions.githubusercontent.com:ref}",
        "refs/tags/v1",
    ],
    "deploy_workflow": [
        ".github/workflows/*.yml",
        ".github/workflows/../deploy.yml",
        ".github/workflows/a/deploy.yml",
        ".github/workflows/deploy.yml\n",
        ".github/workflows/${aws:username}.yml",
    ],
    "provider_arn": [f"{ACCOUNT}:oidc-provider/*", f"{ACCOUNT}:role/admin", GITHUB, "*"],
}
AZURE_VALUES = {
    "organization_id": [ORGANIZATION.upper(), f"{ORGANIZATION}\n", "*"],
    "organization": ["octo/shop", "octo*", "octo\n", ""],
    "project": ["shop?", "shop\t", " shop", "${aws:username}"],
    "plan_connection": ["a/b", "deploy-prod", "Deploy-Prod"],
    "deploy_connection": ["deploy-*", "deploy\x00prod", ""],
    "provider_arn": [f"{ACCOUNT}:oidc-provider/", f"{ACCOUNT}:root"],
}


@pytest.mark.parametrize(
    ("pipeline", "key", "value"),
    [("github", key, value) for key, values in GITHUB_VALUES.items() for value in values]
    + [("azure", key, value) for key, values in AZURE_VALUES.items() for value in values],
)
def test_a_name_that_is_more_than_one_is_refused(pipeline: str, key: str, value: str) -> None:
    args: Any = {"github": NAMES} if pipeline == "github" else {"azure": AZURE_ARGS}
    args[pipeline] = {**args[pipeline], key: value}
    context = Context(name="ci", project="ml", stack="prod", region="us-east-1")
    assert f"{pipeline}.{key}" in {problem.key for problem in validate(args, context)}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("repository", "kim_octo/octo.repo_2"),
        ("repository", "octo-org/.github"),
        ("deploy_environment", 'prod: eu/west (live) "1" é'),
        ("deploy_branch", "release/2026.11-é'\"#%"),
    ],
)
def test_odd_names_are_compared_as_they_are(key: str, value: str) -> None:
    statement = json.loads(trust(access(github={**NAMES, key: value}), "deploy"))["Statement"][0]
    assert list(statement["Condition"]) == ["StringEquals"]
    claims = statement["Condition"]["StringEquals"].values()
    assert any(value.replace(":", "%3A") in claim for claim in claims)
