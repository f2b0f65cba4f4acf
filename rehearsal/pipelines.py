"""What pipelines do with the roles of CiAccess: they deploy the plan, within the
boundary, and read and write Pulumi's state.

The calls of a deployment are those that the account in memory knows, and IAM's, which
the plan's resources say. The calls of Pulumi's own backend are written down here after
its documentation ("State and backends", Amazon S3): nothing records them.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from groundplan import CiAccess, catalog
from groundplan.manifest.model import Manifest, Resource
from groundplan.testing import deploy

from rehearsal import deployed_state
from rehearsal.expectations import require
from rehearsal.guard import Principal, acting, person
from rehearsal.names import ACCOUNT, Names
from rehearsal.policies import Need, Policies

if TYPE_CHECKING:
    from rehearsal.account import Account

STATE = "pulumi-state"
STACK_FILE = ".pulumi/stacks/groundplan/rehearsal.json"
LOCK = ".pulumi/locks/organization/groundplan/rehearsal/lock.json"
REPOSITORY = "octo-org/tumors"
ISSUER = "token.actions.githubusercontent.com"
READ_ROLE = ("iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies")
"""What the provider reads of a role that it has created."""
OF_ROLE_POLICIES = {
    "iam.RolePolicy": ("iam:PutRolePolicy", "iam:GetRolePolicy"),
    "iam.RolePolicyAttachment": ("iam:AttachRolePolicy", "iam:ListAttachedRolePolicies"),
}
PASSED = ("role", "roleArn")
"""Inputs with the ARN of a role that a service is passed."""


def key_arn(region: str) -> str:
    """Returns the key of the state."""
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/5a7e0000-0000-4000-8000-000000000000"


@cache
def access(stack: str, region: str) -> tuple[Manifest, Names, Policies]:
    """Returns what an administrator has deployed before: CiAccess, for one stack."""
    args: Any = {
        "github": {"repository": REPOSITORY, "deploy_environment": stack},
        "state": {"bucket_name": STATE, "kms_key_arn": key_arn(region)},
        "regions": [region],
    }
    manifest = deploy(
        lambda: CiAccess("ci", args), project="tumors-ci", stack=stack, region=region
    ).manifest
    names = Names(manifest)
    return manifest, names, Policies(manifest, names)


def assumed(account: "Account", what: str, claims: Mapping[str, str]) -> Principal:
    """Returns the principal of a job that assumes a role with its token."""
    role = next(r for r in account.guard.policies.roles.values() if r.name == f"ci-{what}-role")
    context = {f"{ISSUER}:{key}": value for key, value in claims.items()}
    need = Need("sts:AssumeRoleWithWebIdentity", role.arn, context)
    require(any(s.covers(need) for s in role.trust), f"{role.name} does not trust {claims['sub']}")
    return Principal(role.arn, "job")


def deploying(account: "Account", stack: str) -> Principal:
    """Returns the job that deploys: of the protected branch and environment."""
    subject = f"repo:{REPOSITORY}:environment:{stack}"
    return assumed(account, "deploy", _claims(subject, ref="refs/heads/main"))


def planning(account: "Account") -> Principal:
    """Returns the job of a pull request."""
    subject = f"repo:{REPOSITORY}:pull_request"
    return assumed(account, "plan", _claims(subject, ref="refs/pull/7/merge"))


def _claims(subject: str, ref: str) -> dict[str, str]:
    return {
        "sub": subject,
        "aud": "sts.amazonaws.com",
        "ref": ref,
        "repository": REPOSITORY,
        "event_name": "push" if "environment" in subject else "pull_request",
    }


def write_state(account: "Account", job: Principal, text: str) -> None:
    """Locks the stack, writes its state with encrypted secrets, and unlocks it."""
    with acting(job):
        s3, key = account.client("s3"), key_arn(account.names.region)
        s3.list_objects_v2(Bucket=STATE, Prefix=LOCK.rpartition("/")[0])
        s3.put_object(Bucket=STATE, Key=LOCK, Body=b"{}")
        account.guard.require(Need("kms:Encrypt", key), Need("kms:Decrypt", key))
        s3.put_object(Bucket=STATE, Key=STACK_FILE, Body=text.encode())
        s3.get_object(Bucket=STATE, Key=STACK_FILE)
        s3.delete_object(Bucket=STATE, Key=LOCK)


def read_state(account: "Account", job: Principal) -> str:
    """Reads the state, as the preview of a pull request does; returns its text."""
    with acting(job):
        answer = account.client("s3").get_object(Bucket=STATE, Key=STACK_FILE)
        return str(answer["Body"].read().decode())


def state(account: "Account", manifest: Manifest) -> str:
    """Returns the state of the deployed stack."""
    return deployed_state.export(manifest, account.names)


def create_state(account: "Account") -> None:
    """Creates the bucket of the state, as `groundplan bootstrap` does."""
    with acting(person("sam", "administrators")):
        place: Any = {"LocationConstraint": account.names.region}
        account.client("s3").create_bucket(Bucket=STATE, CreateBucketConfiguration=place)
    buckets: Any = account.keys.buckets
    buckets[STATE] = key_arn(account.names.region)


def iam_needs(manifest: Manifest, names: Names) -> Iterator[Need]:
    """Yields what the deployment of a manifest needs of IAM."""
    custom = [(catalog.key(r.type), r) for r in manifest if r.custom]
    roles = {names.name(r): r for key, r in custom if key == "iam.Role"}
    for key, resource in custom:
        inputs = names.value(resource.inputs)
        if key == "iam.Role":
            yield from _of_role(names, resource, "iam:CreateRole", "iam:TagRole", *READ_ROLE)
        elif key in ("iam.RolePolicy", "iam.RolePolicyAttachment"):
            yield from _of_role(names, roles[inputs["role"]], *OF_ROLE_POLICIES[key])
        elif key == "iam.Policy":
            actions = ("CreatePolicy", "TagPolicy", "GetPolicy", "GetPolicyVersion")
            yield from (Need(f"iam:{action}", names.arn(resource)) for action in actions)
        else:
            passed = (inputs.get(name) for name in PASSED)
            yield from (Need("iam:PassRole", a) for a in passed if ":role/" in str(a))


def _of_role(names: Names, role: Resource, *actions: str) -> Iterator[Need]:
    boundary = str(names.value(role.inputs.get("permissionsBoundary", "")))
    context = {"iam:PermissionsBoundary": boundary} if boundary else {}
    yield from (Need(action, names.arn(role), context) for action in actions)
