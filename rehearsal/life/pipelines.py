"""What pipelines do with the roles of CiAccess: they deploy the plan, within the
boundary, and read and write Pulumi's state.

The calls of a deployment are those that the account in memory knows, and those that the
real provider was recorded to make for the plan's types. The calls of Pulumi's own
backend are those that it was recorded to make (tests/delivery/ci_access).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from groundplan import CiAccess, catalog
from groundplan.facts import provider_calls
from groundplan.facts.provider_calls import Phase
from groundplan.manifest.model import Manifest, Resource
from groundplan.testing import deploy

from rehearsal.account import deployed_state
from rehearsal.account.names import ACCOUNT, Names
from rehearsal.expectations import require
from rehearsal.permissions.guard import Principal, acting, person
from rehearsal.permissions.policies import Need, Policies

if TYPE_CHECKING:
    from rehearsal.account.account import Account

STATE = "pulumi-state"
STACK_FILE = ".pulumi/stacks/groundplan/rehearsal.json"
LOCK = ".pulumi/locks/organization/groundplan/rehearsal/lock.json"
REPOSITORY = "octo-org/tumors"
ISSUER = "token.actions.githubusercontent.com"
OWN = {
    "aws:ResourceTag/groundplan:component": "tumors",
    "s3:ExistingObjectTag/groundplan:component": "tumors",
}
"""The tag of each resource of a component, as conditions see it."""
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


def provider_needs(
    manifest: Manifest, names: Names, phases: Collection[Phase] = tuple(Phase)
) -> Iterator[Need]:
    """Yields what the recorded calls of the provider need, for the resources of a
    manifest; those of IAM on the resource itself."""
    custom = [(catalog.key(r.type), r) for r in manifest if r.custom]
    roles = {names.name(r): r for key, r in custom if key == "iam.Role"}
    anywhere: set[tuple[str, str]] = set()
    for key, resource in custom:
        actions = provider_calls.actions(resource.type, phases) or ()
        if key == "iam.Policy":
            yield from (Need(action, names.arn(resource)) for action in actions)
        elif key.startswith("iam.Role"):
            role = resource if key == "iam.Role" else roles[names.value(resource.inputs["role"])]
            yield from _of_role(names, role, *actions)
        else:
            anywhere |= {
                (action, arn) for action in actions for arn in _resources(names, resource, action)
            }
    for action, arn in sorted(anywhere):
        yield Need(action, arn, OWN)


def _resources(names: Names, resource: Resource, action: str) -> Sequence[str]:
    """Returns what an action is on, where the policies of the roles name it."""
    if action == "glue:GetConnection":
        glue = f"arn:aws:glue:{names.region}:{ACCOUNT}:"
        return f"{glue}catalog", f"{glue}connection/{names.name(resource)}"
    return ("*",)


def passed_roles(manifest: Manifest, names: Names) -> Iterator[Need]:
    """Yields what passing roles to services needs: no call has it."""
    for resource in manifest:
        if resource.custom and not catalog.key(resource.type).startswith("iam."):
            passed = (names.value(resource.inputs.get(name)) for name in PASSED)
            yield from (Need("iam:PassRole", a) for a in passed if ":role/" in str(a))


def refresh(account: "Account", manifest: Manifest, job: Principal) -> None:
    """Reads what `pulumi preview` reads of the stack's resources before it compares.
    Lambda decrypts the variables of functions in the caller's name."""
    through = {"kms:ViaService": f"lambda.{account.names.region}.amazonaws.com"}
    with acting(job):
        account.guard.require(*provider_needs(manifest, account.names, provider_calls.READING))
        key = f"arn:aws:kms:{account.names.region}:{ACCOUNT}:key/own"
        account.guard.require(Need("kms:Decrypt", key, {**OWN, **through}))


def _of_role(names: Names, role: Resource, *actions: str) -> Iterator[Need]:
    boundary = str(names.value(role.inputs.get("permissionsBoundary", "")))
    context = {"iam:PermissionsBoundary": boundary} if boundary else {}
    yield from (Need(action, names.arn(role), context) for action in actions)
