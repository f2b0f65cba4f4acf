"""What the pods of an endpoint may do in AWS: read the models that they serve, by EKS
Pod Identity, and nothing else."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.iam import Statement
from groundplan.kubernetes import pod_identity
from groundplan.kubernetes.pod_identity import Role
from groundplan.serving.kubernetes_endpoint import workload
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine
from groundplan.serving.model_endpoint.model_data import versions_prefix
from groundplan.storage.access import read_statements


def prefixes(args: KubernetesEndpointArgs) -> list[str]:
    """The folders of the models, with all their versions: old pods go on starting while
    new ones come."""
    found = [
        given["model_data"] for given in (args, args.get("canary", {})) if "model_data" in given
    ]
    return list(dict.fromkeys(versions_prefix(path) for path in found))


def statements(args: KubernetesEndpointArgs) -> list[Statement]:
    """Reads and decrypts what is below the folders."""
    artifacts = args["artifacts"]
    found: dict[str, Statement] = {}
    for number, prefix in enumerate(prefixes(args), 1):
        for statement in read_statements(artifacts["bucket_arn"], artifacts["kms_key_arn"], prefix):
            # To decrypt and to locate the bucket is said once, to read and to list for
            # each folder.
            sid = str(statement["Sid"])
            if number > 1 and sid in ("ReadObjects", "ListObjects"):
                sid = f"{sid}{number}"
            found.setdefault(sid, {**statement, "Sid": sid})
    if workload.engine(args) is EndpointEngine.KSERVE:
        found["HeadBucket"] = {
            # KServe's storage initializer asks for the bucket before it reads (v0.20.0,
            # kserve_storage.py, `head_bucket`), which is ListBucket without a prefix.
            # That lets it list names in the whole bucket, but not read what they hold.
            "Sid": "HeadBucket",
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": artifacts["bucket_arn"],
            "Condition": {"Null": {"s3:prefix": "true"}},
        }
    return list(found.values())


class EndpointAccess:
    """The pods' role, and its association with their service account."""

    role: Role
    association: aws.eks.PodIdentityAssociation

    def __init__(
        self,
        name: str,
        args: KubernetesEndpointArgs,
        *,
        namespace: pulumi.Input[str],
        service_account: pulumi.Input[str],
        parent: pulumi.Resource,
    ) -> None:
        labels = tags.merged(name, args.get("tags"))
        self.role = pod_identity.own(
            f"{name}-access",
            iam.pod_identity_trust(),
            statements(args),
            parent=parent,
            resource_tags=labels,
        )
        self.association = aws.eks.PodIdentityAssociation(
            f"{name}-identity",
            cluster_name=args["cluster_name"],
            namespace=namespace,
            service_account=service_account,
            role_arn=self.role.arn,
            tags=labels,
            # Pods get their credentials when they are made: a role that may nothing yet
            # would fail their first request.
            opts=pulumi.ResourceOptions(parent=parent, depends_on=list(self.role.permissions)),
        )

    @property
    def resources(self) -> Sequence[pulumi.Resource]:
        """What pods wait for."""
        return [self.association]
