"""Checks that training containers run in a VPC or in network isolation, with encrypted
traffic between nodes."""

from collections.abc import Iterator

from groundplan.catalog.aws.sagemaker import TRAINING_JOB
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, objects, on, unknown


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type != TRAINING_JOB.token:
        return
    inputs = resource.inputs
    isolated, encrypted = (
        inputs.get("enableNetworkIsolation"),
        inputs.get("enableInterContainerTrafficEncryption"),
    )
    if not on(isolated) and not unknown(isolated) and not inputs.get("vpcConfig"):
        reason = (
            f"the container of the training job {resource.name} can send data to any address on "
            "the internet"
        )
        yield Breach(resource.urn, reason, "enableNetworkIsolation")
    if _nodes(resource) > 1 and not on(encrypted) and not unknown(encrypted):
        reason = f"the nodes of the training job {resource.name} communicate unencrypted"
        fix = "set enable_inter_container_traffic_encryption to true, which slows all-reduce"
        path = "enableInterContainerTrafficEncryption"
        yield Breach(resource.urn, reason, path, Severity.LOW, fix)


def _nodes(job: Resource) -> int:
    cluster = job.inputs.get("resourceConfig")
    counts = [
        at(cluster, "instanceCount"),
        *(g.get("instanceCount") for g in objects(at(cluster, "instanceGroups"))),
    ]
    return sum(count for count in counts if isinstance(count, int))


RULE = Rule(
    name="training-in-vpc-or-isolated",
    severity=Severity.MEDIUM,
    summary="Training containers run in a VPC or in network isolation.",
    reason=(
        "A training container sees the dataset. Outside of a VPC and without network isolation, "
        "its code can send data to any address on the internet."
    ),
    fix="set enable_network_isolation to true, or vpc_config with private subnets",
    check=check,
    url="https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html",
)
