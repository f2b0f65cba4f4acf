"""Checks that databases are not publicly accessible."""

from collections.abc import Iterator

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import on

DATABASES = (
    "aws:rds/instance:Instance",
    "aws:rds/clusterInstance:ClusterInstance",
    "aws:redshift/cluster:Cluster",
    "aws:dms/replicationInstance:ReplicationInstance",
)


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type in DATABASES and on(resource.inputs.get("publiclyAccessible")):
        reason = f"the database {resource.name} has a public address: only its password protects it"
        yield Breach(resource.urn, reason, "publiclyAccessible")


RULE = Rule(
    name="database-not-public",
    severity=Severity.HIGH,
    summary="Databases have no public address.",
    reason=(
        "A public database is exposed to password guessing, and to any vulnerability of its engine."
    ),
    fix="remove publicly_accessible, and use a subnet group of private subnets",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-2",
)
