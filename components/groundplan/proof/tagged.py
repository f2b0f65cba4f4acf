"""Claims on encryption keys and on what is tagged as a team's."""

from collections.abc import Iterator, Mapping

from groundplan import catalog
from groundplan.manifest.model import Resource
from groundplan.proof.access import Caller, Question, covers_action
from groundplan.proof.actors import Actor, names_account
from groundplan.proof.grants import Grant, grants
from groundplan.proof.model import Layer, Result
from groundplan.proof.outsiders import ask_outsiders
from groundplan.proof.plan import Plan
from groundplan.proof.teams import TEAM_TAG, Team, listed
from groundplan.proof.verdicts import Asked, verdict

KEY = "kms.Key"
USE_KEY = (
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
CHANGE_KEY = (
    "kms:PutKeyPolicy",
    "kms:CreateGrant",
    "kms:ScheduleKeyDeletion",
    "kms:DisableKey",
)

ACTIONS: Mapping[str, tuple[str, ...]] = {
    KEY: (*USE_KEY, *CHANGE_KEY),
    "s3.Bucket": ("s3:ListBucket", "s3:PutBucketPolicy", "s3:DeleteBucket"),
    "s3.BucketV2": ("s3:ListBucket", "s3:PutBucketPolicy", "s3:DeleteBucket"),
    "secretsmanager.Secret": (
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecret",
        "secretsmanager:PutResourcePolicy",
        "secretsmanager:DeleteSecret",
    ),
    "dynamodb.Table": (
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:DeleteTable",
    ),
    "sqs.Queue": ("sqs:ReceiveMessage", "sqs:SendMessage", "sqs:DeleteMessage", "sqs:PurgeQueue"),
    "ecr.Repository": (
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
        "ecr:PutImage",
        "ecr:BatchDeleteImage",
        "ecr:SetRepositoryPolicy",
    ),
}
"""Resource type -> the actions that read, write or change it."""

OBJECTS = (
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
)

POLICY_TYPES: Mapping[str, tuple[str, str]] = {
    "s3.BucketPolicy": ("s3.Bucket", "bucket"),
    "kms.KeyPolicy": (KEY, "keyId"),
    "secretsmanager.SecretPolicy": ("secretsmanager.Secret", "secretArn"),
    "sqs.QueuePolicy": ("sqs.Queue", "queueUrl"),
    "ecr.RepositoryPolicy": ("ecr.Repository", "repository"),
}
"""Resource type of a policy -> the type that it protects, and the input that names that
one."""


def resource_claims(plan: Plan) -> Iterator[Result]:
    """Yields the verdicts on all claims."""
    used = _used_keys(plan)
    for resource in plan.manifest:
        key = catalog.key(resource.type)
        if not resource.custom or key not in ACTIONS:
            continue
        owner = _owner(resource)
        if owner:
            for team in plan.teams:
                if team.name != owner:
                    yield _untouched(plan, resource, key, team, owner)
        if key == KEY and (owner or plan.names.arn(resource) in used):
            yield _outside(plan, resource, owner)
            for team in plan.teams:
                yield _unchanged(plan, resource, team)


def _untouched(plan: Plan, resource: Resource, key: str, team: Team, owner: str) -> Result:
    """A team has no access to what is tagged as another's."""
    statements, unreadable = _policy(plan, resource, key)
    arn = plan.names.arn(resource)
    questions = [(ACTIONS[key], arn)]
    if key.startswith("s3."):
        questions.append((OBJECTS, f"{arn}/?*"))
    asked = [
        _asked(plan, actor, statements, actions, pattern, key == KEY, _tags(plan, resource))
        for actor in plan.actors.of[team.name]
        for actions, pattern in questions
    ]
    return verdict(
        f"{team.name} neither reads, writes nor changes {resource.name}",
        Layer.KEYS if key == KEY else Layer.RESOURCES,
        team.name,
        owner,
        asked,
        plan.actors.of[team.name],
        unreadable,
    )


def _unchanged(plan: Plan, resource: Resource, team: Team) -> Result:
    """A team doesn't change the key of data."""
    statements, unreadable = _policy(plan, resource, KEY)
    asked = [
        _asked(
            plan,
            actor,
            statements,
            CHANGE_KEY,
            plan.names.arn(resource),
            True,
            _tags(plan, resource),
        )
        for actor in plan.actors.of[team.name]
    ]
    return verdict(
        f"{team.name} does not change who uses the key {resource.name}",
        Layer.KEYS,
        team.name,
        _owner(resource),
        asked,
        plan.actors.of[team.name],
        unreadable,
    )


def _outside(plan: Plan, resource: Resource, owner: str) -> Result:
    """Nobody from outside of the plan uses the key of teams' data."""
    statements, unreadable = _policy(plan, resource, KEY)
    asked = ask_outsiders(
        statements,
        ACTIONS[KEY],
        (plan.names.arn(resource),),
        dict(plan.actors.identities),
        plan.names,
        plan.solver,
    )
    claim = f"nobody outside of the plan uses the key {resource.name}"
    return verdict(claim, Layer.KEYS, "", owner, asked, (), unreadable)


def _asked(
    plan: Plan,
    actor: Actor,
    statements: tuple[Grant, ...],
    actions: tuple[str, ...],
    pattern: str,
    is_key: bool,
    tags: Mapping[str, str | None],
) -> Asked:
    caller = actor.caller(plan.names, *statements)
    own = caller.grants
    if is_key and not any(names_account(grant, plan.names) for grant in statements):
        # Without the account in the key's policy the policies of identities count not.
        own = tuple(grant for grant in own if not grant.allows)
    caller = Caller(
        own, caller.boundary, caller.resource_grants, context={**caller.context, **tags}
    )
    answer = plan.solver.ask(Question(caller, actions, (pattern,)))
    return Asked(answer, str(actor.identity), actor.path)


def _policy(plan: Plan, resource: Resource, key: str) -> tuple[tuple[Grant, ...], list[str]]:
    """Returns the statements of a resource's policies, and those that can't be read. A
    key without a policy has AWS's default: the account's identities decide."""
    documents = [(resource, resource.inputs.get("policy"))]
    names = {plan.names.name(resource), plan.names.arn(resource)}
    if key == KEY:
        names.add(plan.names.text("${" + resource.name + ".keyId}"))
    for other in plan.manifest:
        type_, field = POLICY_TYPES.get(catalog.key(other.type), ("", ""))
        if type_ == key.replace("V2", "") and (
            plan.names.text(str(other.inputs.get(field))) in names
        ):
            documents.append((other, other.inputs.get("policy")))
    statements: list[Grant] = []
    unreadable = []
    for declared_in, document in documents:
        if document is None:
            continue
        found = grants(document, plan.names, declared_in)
        if found is None:
            unreadable.append(f"the policy of {declared_in.name}")
        statements += found or ()
    if key == KEY and not statements:
        statements += grants(_default_key_policy(plan), plan.names, resource) or ()
    if key == KEY:
        statements += _key_grants(plan, names)
    return tuple(statements), unreadable


def _key_grants(plan: Plan, key: set[str]) -> list[Grant]:
    """KMS grants of a key, as statements of its policy."""
    found: list[Grant] = []
    for resource in plan.manifest:
        inputs = resource.inputs
        if catalog.key(resource.type) != "kms.Grant":
            continue
        if plan.names.text(str(inputs.get("keyId"))) in key:
            operations = [f"kms:{operation}" for operation in listed(inputs.get("operations"))]
            entry = {
                "Sid": resource.name,
                "Effect": "Allow",
                "Principal": {"AWS": str(inputs.get("granteePrincipal"))},
                "Action": operations,
                "Resource": "*",
            }
            found += grants({"Statement": entry}, plan.names, resource) or ()
    return found


def _default_key_policy(plan: Plan) -> dict[str, object]:
    root = f"arn:aws:iam::{plan.names.account}:root"
    return {
        "Statement": {
            "Sid": "Default",
            "Effect": "Allow",
            "Principal": {"AWS": root},
            "Action": "kms:*",
            "Resource": "*",
        }
    }


def _owner(resource: Resource) -> str:
    tags = resource.inputs.get("tags")
    owner = tags.get(TEAM_TAG) if isinstance(tags, Mapping) else None
    return owner if isinstance(owner, str) and "${" not in owner else ""


def _tags(plan: Plan, resource: Resource) -> dict[str, str | None]:
    tags = resource.inputs.get("tags")
    return {
        f"aws:ResourceTag/{key}": plan.names.text(str(value))
        for key, value in (tags.items() if isinstance(tags, Mapping) else ())
    }


def _used_keys(plan: Plan) -> set[str]:
    """Returns the keys that statements of the teams' identities name."""
    return {
        name
        for actors in plan.actors.own.values()
        for actor in actors
        for grant in actor.identity.grants
        if grant.allows and any(covers_action(grant.statement, a) for a in USE_KEY)
        for term in grant.statement.resources
        if not term.negated
        for name in term.names
    }
