"""Whether the names that a stack chooses are free in the account, or, for buckets, in
the world."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from groundplan.manifest.model import Resource
from groundplan.operations.preflight.finding import Finding, Unchecked
from groundplan.operations.preflight.plan import Plan, known
from groundplan.operations.preflight.reader import Denied, Missing, Reader, Unread, entries

CHECK = "names"

Taken = Callable[[Reader, str, str], bool]
"""Whether a name is taken in a region."""


def _described(service: str, operation: str, parameter: str, key: str = "") -> Taken:
    """A name that its description answers for; with `key`, by an entry of that list."""

    def taken(account: Reader, region: str, name: str) -> bool:
        value = [name] if parameter.endswith("ames") else name
        try:
            answer = account.read(service, operation, region=region, **{parameter: value})
        except Missing:
            return False
        return bool(answer.get(key)) if key else True

    return taken


def _endpoint(account: Reader, region: str, name: str) -> bool:
    """SageMaker's endpoints: all in one list, as the quotas read it too."""
    answer = account.read("sagemaker", "list_endpoints", region=region)
    return any(entry["EndpointName"] == name for entry in entries(answer, "Endpoints"))


def _listed(service: str, operation: str, key: str, field: str) -> Taken:
    """A name in the list of all: one read for all names."""

    def taken(account: Reader, region: str, name: str) -> bool:
        answer = account.read(service, operation, region=region)
        return any(entry.get(field) == name for entry in entries(answer, key))

    return taken


def _bucket(account: Reader, region: str, name: str) -> bool:
    """Names of buckets are the world's: one of another account answers 403."""
    try:
        account.read("s3", "head_bucket", region=region, Bucket=name)
    except Denied:
        return True
    except Missing:
        return False
    return True


def _secret(account: Reader, region: str, name: str) -> bool:
    """Also a secret that is scheduled for deletion holds its name (Secrets Manager User
    Guide, "Delete a secret")."""
    try:
        account.read("secretsmanager", "describe_secret", region=region, SecretId=name)
    except Missing:
        return False
    return True


@dataclass(frozen=True)
class Named:
    """How the names of a type are looked up."""

    key: str
    """The input with the name."""
    taken: Taken
    fix: str = "choose another name, or import the resource (`pulumi import`)"


NAMED: Mapping[str, Named] = {
    "aws:cloudwatch/logGroup:LogGroup": Named(
        "name", _listed("logs", "describe_log_groups", "logGroups", "logGroupName")
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Named(
        "name",
        _listed("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
        "choose another name: `up` would overwrite the alarm",
    ),
    "aws:ecr/repository:Repository": Named(
        "name", _listed("ecr", "describe_repositories", "repositories", "repositoryName")
    ),
    "aws:eks/cluster:Cluster": Named("name", _described("eks", "describe_cluster", "name")),
    "aws:glue/catalogDatabase:CatalogDatabase": Named(
        "name", _described("glue", "get_database", "Name")
    ),
    "aws:iam/role:Role": Named("name", _described("iam", "get_role", "RoleName")),
    "aws:kms/alias:Alias": Named("name", _listed("kms", "list_aliases", "Aliases", "AliasName")),
    "aws:lambda/function:Function": Named(
        "name", _described("lambda", "get_function_configuration", "FunctionName")
    ),
    "aws:rds/instance:Instance": Named(
        "identifier", _described("rds", "describe_db_instances", "DBInstanceIdentifier")
    ),
    "aws:s3/bucket:Bucket": Named("bucket", _bucket, "choose another name"),
    "aws:sagemaker/endpoint:Endpoint": Named("name", _endpoint),
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": Named(
        "modelPackageGroupName",
        _described("sagemaker", "describe_model_package_group", "ModelPackageGroupName"),
    ),
    "aws:secretsmanager/secret:Secret": Named(
        "name", _secret, "choose another name, or restore or delete the secret for good"
    ),
    "aws:sqs/queue:Queue": Named("name", _described("sqs", "get_queue_url", "QueueName")),
}
"""Type -> how its names are looked up."""


def chosen(plan: Plan) -> Iterator[tuple[Resource, str, Named]]:
    """Yields the resources that `up` creates under a name of their own."""
    for token, named in NAMED.items():
        for resource in plan.of_type(token):
            name = known(resource.inputs.get(named.key))
            if name and not plan.is_deployed(resource):
                yield resource, name, named


def check(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each name that is taken. Without the stack's state, its own
    resources look like another's."""
    for resource, name, named in chosen(plan):
        region = plan.region(resource)
        if not region:
            yield Unchecked(CHECK, name, "its region isn't known")
            continue
        try:
            taken = named.taken(account, region, name)
        except Unread as error:
            yield Unchecked(CHECK, f"{name} ({resource.name})", str(error))
            continue
        if taken:
            state = "" if plan.has_state else " (or is this stack's own: pass --state)"
            yield Finding(
                CHECK,
                resource.urn,
                f"the name {name}",
                f"it is taken{state}",
                named.fix,
                region=region,
                source=resource.source,
            )


def check_twice(plan: Plan, _account: Reader | None = None) -> Iterator[Finding]:
    """Yields a finding for each name that two resources of the stack choose: no account
    is needed."""
    for token, named in NAMED.items():
        seen: dict[tuple[str, str], str] = {}
        for resource in plan.of_type(token):
            name = known(resource.inputs.get(named.key))
            key = (plan.region(resource), name)
            if name and key in seen:
                yield Finding(
                    CHECK,
                    resource.urn,
                    f"the name {name}",
                    f"{seen[key]} has it",
                    "choose another name",
                    region=key[0],
                    source=resource.source,
                )
            elif name:
                seen[key] = resource.name
