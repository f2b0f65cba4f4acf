"""The AWS permissions of an endpoint's pods, by EKS Pod Identity: to read the models
that they serve."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.iam import Statement
from groundplan.kubernetes import pod_identity
from groundplan.kubernetes.pod_identity import Role
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine
from groundplan.serving.kubernetes_endpoint.spec import Artifacts, EndpointSpec
from groundplan.serving.model_endpoint.model_data import versions_prefix
from groundplan.storage.access import read_statements, write_statements


def prefixes(spec: EndpointSpec) -> list[str]:
    """Returns the folders of the models, with all their versions: old pods may still
    start during a rollout."""
    if spec.release is not None:
        return [spec.release.models]
    works = [work for work in (spec.stable, spec.candidate) if work is not None]
    paths = [work.model_data for work in works if work.model_data is not None]
    return list(dict.fromkeys(versions_prefix(path) for path in paths))


def statements(spec: EndpointSpec, artifacts: Artifacts) -> list[Statement]:
    """Returns the permission to read and decrypt the objects below the folders."""
    granted: dict[str, Statement] = {}
    for number, prefix in enumerate(prefixes(spec), 1):
        for statement in read_statements(artifacts.bucket_arn, artifacts.kms_key_arn, prefix):
            # One statement decrypts and locates the bucket; reading and listing have
            # one for each folder.
            sid = str(statement["Sid"])
            if number > 1 and sid in ("ReadObjects", "ListObjects"):
                sid = f"{sid}{number}"
            granted.setdefault(sid, {**statement, "Sid": sid})
    capture = spec.stable.capture
    if capture is not None and capture.object_store is None:
        folder = capture.folder(spec.name)
        for statement in write_statements(artifacts.bucket_arn, artifacts.kms_key_arn, folder):
            granted[str(statement["Sid"])] = statement
    if spec.engine is EndpointEngine.KSERVE:
        granted["HeadBucket"] = {
            # KServe's storage initializer calls HeadBucket before it reads (v0.20.0,
            # kserve_storage.py, `head_bucket`), which is ListBucket without a prefix.
            # That allows it to list names in the whole bucket, but not to read objects.
            "Sid": "HeadBucket",
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": artifacts.bucket_arn,
            "Condition": {"Null": {"s3:prefix": "true"}},
        }
    return list(granted.values())


class EndpointAccess:
    """The pods' role, and its association with their service account."""

    role: Role
    association: aws.eks.PodIdentityAssociation

    def __init__(
        self,
        name: str,
        spec: EndpointSpec,
        artifacts: Artifacts,
        *,
        namespace: pulumi.Input[str],
        service_account: pulumi.Input[str],
        parent: pulumi.Resource,
    ) -> None:
        resource_tags = tags.merged(name, spec.tags)
        self.role = pod_identity.own(
            f"{name}-access",
            iam.pod_identity_trust(artifacts.cluster_name, pulumi.InvokeOptions(parent=parent)),
            statements(spec, artifacts),
            parent=parent,
            resource_tags=resource_tags,
        )
        self.association = aws.eks.PodIdentityAssociation(
            f"{name}-identity",
            cluster_name=artifacts.cluster_name,
            namespace=namespace,
            service_account=service_account,
            role_arn=self.role.arn,
            tags=resource_tags,
            # Pods receive credentials when they start: a role without permissions would
            # fail their first request.
            opts=pulumi.ResourceOptions(parent=parent, depends_on=list(self.role.permissions)),
        )

    @property
    def resources(self) -> Sequence[pulumi.Resource]:
        """The resources that pods depend on."""
        return [self.association]
