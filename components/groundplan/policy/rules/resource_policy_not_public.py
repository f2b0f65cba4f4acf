"""Checks that resource policies don't allow public access."""

from collections.abc import Iterator, Mapping

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.documents import statements
from groundplan.policy.finding import Breach, Rule, Severity

POLICIES: Mapping[str, tuple[str, str]] = {
    "aws:s3/bucket:Bucket": ("policy", "bucket"),
    "aws:s3/bucketV2:BucketV2": ("policy", "bucket"),
    "aws:s3/bucketPolicy:BucketPolicy": ("policy", "a bucket"),
    "aws:sns/topic:Topic": ("policy", "topic"),
    "aws:sns/topicPolicy:TopicPolicy": ("policy", "a topic"),
    "aws:sqs/queue:Queue": ("policy", "queue"),
    "aws:sqs/queuePolicy:QueuePolicy": ("policy", "a queue"),
    "aws:ecr/registryPolicy:RegistryPolicy": ("policy", "the registry"),
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": (
        "repositoryPolicy",
        "repositories",
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ("policy", "a repository"),
    "aws:kms/key:Key": ("policy", "key"),
    "aws:kms/keyPolicy:KeyPolicy": ("policy", "a key"),
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": (
        "resourcePolicy",
        "a model registry",
    ),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("policy", "a secret"),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": ("policy", "a file system"),
    "aws:opensearch/domain:Domain": ("accessPolicies", "domain"),
    "aws:glue/resourcePolicy:ResourcePolicy": ("policy", "the data catalog"),
}
"""Type -> the input with its resource policy, and the name of what it allows access
to."""

PERMISSION = "aws:lambda/permission:Permission"
FUNCTION_URL = "aws:lambda/functionUrl:FunctionUrl"

BOUNDS = (
    "aws:Principal",
    "aws:Source",
    "aws:VpcSourceIp",
    "aws:ResourceAccount",
    "kms:CallerAccount",
    "AWS:SourceOwner",
    "elasticfilesystem:AccessedViaMountTarget",
    "s3:DataAccessPointAccount",
)
"""Prefixes of condition keys on the caller or its network."""


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type in POLICIES:
        path, what = POLICIES[resource.type]
        for statement in statements(resource.inputs.get(path)):
            everyone = {("*", "*"), ("AWS", "*")} & set(
                statement.principals
            ) or "Principal" in statement.all_but
            if statement.allows and everyone and not statement.bound(*BOUNDS):
                actions = ", ".join(statement.actions[:3]) or "all but a few actions"
                reason = (
                    f"{resource.name} ({statement.name}) opens {what} to the world: {actions} by "
                    "anyone"
                )
                yield Breach(resource.urn, reason, path)
    elif resource.type == PERMISSION and resource.inputs.get("principal") == "*":
        narrowed = ("principalOrgId", "sourceAccount", "sourceArn")
        if not any(resource.inputs.get(name) for name in narrowed) and not resource.inputs.get(
            "functionUrlAuthType"
        ):
            yield Breach(
                resource.urn,
                f"{resource.name} allows any AWS account to invoke a function",
                "principal",
            )
    elif resource.type == FUNCTION_URL and resource.inputs.get("authorizationType") == "NONE":
        reason = f"{resource.name} is a URL that anyone can call without authentication"
        fix = "set authorization_type to AWS_IAM, or use an API gateway that authenticates callers"
        yield Breach(resource.urn, reason, "authorizationType", Severity.HIGH, fix)


RULE = Rule(
    name="resource-policy-not-public",
    severity=Severity.CRITICAL,
    summary=(
        "No resource policy allows public access to a bucket, topic, queue, key, repository or "
        "function."
    ),
    reason=(
        "A resource policy with the principal * and no condition allows access from every AWS "
        "account, or without any account."
    ),
    fix=(
        "name the accounts, roles or services, or add a condition on aws:SourceAccount or "
        "aws:PrincipalOrgID"
    ),
    check=check,
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
)
