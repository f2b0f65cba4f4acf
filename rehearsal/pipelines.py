"""What pipelines do with the roles of CiAccess: they deploy the plan, within the
boundary, and read and write Pulumi's state.

The calls of a deployment are those that the account in memory answers, and those that
were recorded of the provider (`facts/provider-calls.csv`). The calls of Pulumi's own
backend are written down here after its documentation ("State and backends", Amazon S3):
nothing records them.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from groundplan import CiAccess, catalog
from groundplan.facts import provider_calls
from groundplan.facts.provider_calls import READING, Phase
from groundplan.manifest.model import Manifest, Resource
from groundplan.testing import deploy

from rehearsal import deployed_state
from rehearsal.expectations import require
from rehearsal.guard import Principal, acting, person
from rehearsal.names import ACCOUNT, ARNS, Names
from rehearsal.policies import Need, Policies

if TYPE_CHECKING:
    from rehearsal.account import Account

STATE = "pulumi-state"
STACK_FILE = ".pulumi/stacks/groundplan/rehearsal.json"
LOCK = ".pulumi/locks/organization/groundplan/rehearsal/lock.json"
REPOSITORY = "octo-org/tumors"
ISSUER = "token.actions.githubusercontent.com"
OF_ROLES = ("aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment")
"""Types whose requests are about a role."""
TAGGED = {"iam.Policy": "iam:TagPolicy", "iam.Role": "iam:TagRole"}
"""Type -> what its creation with tags needs as well."""
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


def refresh(account: "Account", job: Principal, manifest: Manifest) -> int:
    """Reads each resource, as a preview does before it compares. Returns the number of
    permissions that it needs."""
    wanted = list(provider_needs(manifest, account.names, READING))
    account.guard.require(*wanted, principal=job)
    return len(wanted)


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


def provider_needs(manifest: Manifest, names: Names, phases: Collection[Phase]) -> Iterator[Need]:
    """Yields what the recorded calls of the provider need, for each resource of a
    manifest."""
    custom = [resource for resource in manifest if resource.custom]
    roles = {names.name(r): r for r in custom if catalog.key(r.type) == "iam.Role"}
    keys = {names.arn(r): _tags(names, r) for r in custom if catalog.key(r.type) == "kms.Key"}
    for resource in custom:
        inputs = names.value(resource.inputs)
        owner = roles[inputs["role"]] if resource.type in OF_ROLES else resource
        arn = _arn(names, resource, owner, inputs)
        context = {**_tags(names, owner), **_boundary(names, owner)}
        for action in provider_calls.actions(resource.type, phases) or ():
            if action == "kms:Decrypt":
                key = str(inputs.get("kmsKeyId"))
                through = {"kms:ViaService": f"s3.{names.region}.amazonaws.com"}
                yield Need(action, key, {**keys.get(key, {}), **through})
            elif action != "iam:PassRole":
                yield Need(action, arn, context)
        if catalog.key(resource.type) == "glue.Connection":  # is in the catalog as well
            yield Need("glue:GetConnection", f"arn:aws:glue:{names.region}:{ACCOUNT}:catalog")
        if Phase.CREATE in phases:
            yield from _created(resource, arn, inputs)


def _created(resource: Resource, arn: str, inputs: Mapping[str, Any]) -> Iterator[Need]:
    """Yields what only some resources of a type need: those with tags, or with a role
    that a service is passed."""
    if catalog.key(resource.type) in TAGGED and inputs.get("tags"):
        yield Need(TAGGED[catalog.key(resource.type)], arn)
    if not resource.type.startswith("aws:iam/"):
        passed = (inputs.get(name) for name in PASSED)
        yield from (Need("iam:PassRole", a) for a in passed if ":role/" in str(a))


def _arn(names: Names, resource: Resource, owner: Resource, inputs: Mapping[str, Any]) -> str:
    if resource.type.startswith("aws:s3/bucketObject"):
        return f"arn:aws:s3:::{inputs['bucket']}/{inputs['key']}"
    return names.arn(owner) if catalog.key(owner.type) in ARNS else "*"


def _tags(names: Names, resource: Resource) -> dict[str, str]:
    """The keys of a request with the tags of what it is on."""
    prefix = "s3:ExistingObjectTag" if "bucketObject" in resource.type else "aws:ResourceTag"
    tags = names.value(resource.inputs.get("tags") or {})
    return {f"{prefix}/{key}": str(value) for key, value in tags.items()}


def _boundary(names: Names, role: Resource) -> dict[str, str]:
    boundary = str(names.value(role.inputs.get("permissionsBoundary", "")))
    return {"iam:PermissionsBoundary": boundary} if boundary else {}
