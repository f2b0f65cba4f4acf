"""Access that widens otherwise: security groups, public things, encryption, clusters
and what runs in them."""

from typing import Any

import pytest
from groundplan.diff.changes import Changes
from groundplan.manifest.model import Resource
from groundplan.risk.access_changes import AccessChange, access_changes
from risk_changes import change, resource, risks_of, stated

BUCKET = resource("aws:s3/bucket:Bucket", "data")
GROUP = resource("aws:ec2/securityGroup:SecurityGroup", "web")
IN, OUT = (
    f"aws:vpc/securityGroup{way}Rule:SecurityGroup{way}Rule" for way in ("Ingress", "Egress")
)


def gate(
    type_: str, cidr: str, first: int | None = 22, last: int | None = None, protocol: str = "tcp"
) -> Resource:
    inputs = {"cidrIpv4": cidr, "fromPort": first, "toPort": last or first, "ipProtocol": protocol}
    return resource(
        type_, "rule", {"securityGroupId": GROUP}, securityGroupId="${web.id}", **inputs
    )


@pytest.mark.parametrize(
    ("before", "after", "level"),
    [
        (None, gate(IN, "0.0.0.0/0"), "high"),
        (None, gate(IN, "::/0"), "high"),
        (gate(IN, "10.0.0.0/16"), gate(IN, "10.0.0.0/8"), "medium"),
        (gate(IN, "10.0.0.0/16", 22), gate(IN, "10.0.0.0/16", 22, 80), "medium"),
        (gate(IN, "10.0.0.0/16"), gate(IN, "10.0.0.0/16", None, None, "-1"), "medium"),
        (gate(IN, "10.0.0.0/16"), gate(IN, "0.0.0.0/1"), "high"),
        (gate(IN, "10.0.0.0/16"), gate(IN, "10.1.0.0/16"), "low"),
        (gate(IN, "10.0.0.0/8"), gate(IN, "10.1.0.0/16"), None),
        (gate(IN, "10.0.0.0/8", 0, 65535), gate(IN, "10.0.0.0/8", 443), None),
        (gate(IN, "0.0.0.0/0"), None, None),
        (None, gate(OUT, "0.0.0.0/0", 443), None),
        (None, gate(OUT, "0.0.0.0/0", 25), "high"),
        (None, gate(OUT, "0.0.0.0/0", None, None, "-1"), "high"),
        (gate(IN, "${vpc.cidrBlock}"), gate(IN, "${vpc.cidrBlock}"), None),
        (gate(IN, "${vpc.cidrBlock}"), gate(IN, "${other.cidrBlock}"), "low"),
    ],
)
def test_a_security_group_that_opens_is_reported(
    before: Resource | None, after: Resource | None, level: str | None
) -> None:
    assert [found for found, _, _ in stated(change(before, after), also=(GROUP,))] == (
        [level] if level else []
    )


def test_an_exposure_is_reported_in_plain_words() -> None:
    assert stated(change(None, gate(IN, "0.0.0.0/0")), also=(GROUP,))[0][2] == (
        "Anyone on the internet can now reach tcp port 22 of resources in the security group web."
    )
    assert stated(change(None, gate(OUT, "0.0.0.0/0", None, None, "-1")), also=(GROUP,))[0][2] == (
        "Resources in the security group web can now connect to anywhere on the internet on all "
        "ports."
    )


def test_a_new_group_is_open_only_to_the_world() -> None:
    def group(cidr: str, way: str = "ingress") -> Resource:
        rule = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": [cidr]}
        return resource("aws:ec2/securityGroup:SecurityGroup", "web", **{way: [rule]})

    assert stated(change(None, group("10.0.0.0/8"))) == []
    assert [level for level, _, _ in stated(change(None, group("0.0.0.0/0")))] == ["high"]
    assert [level for level, _, _ in stated(change(None, group("0.0.0.0/0", "egress")))] == [
        "medium"
    ]


def test_a_rule_that_moves_out_of_its_group_is_no_risk() -> None:
    inline = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["10.0.0.0/16"]}
    before = resource(
        "aws:ec2/securityGroup:SecurityGroup", "web", ingress=[inline], description="x"
    )
    after = resource("aws:ec2/securityGroup:SecurityGroup", "web", description="x")
    assert stated(change(before, after), change(None, gate(IN, "10.0.0.0/16"))) == []


BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"


def test_a_block_of_public_access_that_is_loosened_is_reported() -> None:
    def block(options: Any = None, **off: bool) -> Resource:
        names = (
            "blockPublicAcls",
            "blockPublicPolicy",
            "ignorePublicAcls",
            "restrictPublicBuckets",
        )
        flags = dict.fromkeys(names, True) | off
        return resource(
            BLOCK, "block", {"bucket": BUCKET}, options=options, bucket="${data.bucket}", **flags
        )

    (risk,) = risks_of(change(block(), block(blockPublicPolicy=False)), also=(BUCKET,))
    assert (risk.level.value, risk.words) == (
        "high",
        "The bucket data can now be made public: the block of public access is loosened.",
    )
    assert risk.because == "blockPublicPolicy: true -> false"
    assert [level for level, _, _ in stated(change(block(), None), also=(BUCKET,))] == ["high"]
    assert stated(change(block({"retainOnDelete": True}), None), also=(BUCKET,)) == []
    assert [kind for _, kind, _ in stated(change(block(), None), change(BUCKET, None))] == [
        "data-loss"
    ]
    assert stated(change(None, block())) == []


@pytest.mark.parametrize(
    ("type_", "before", "after", "level", "words"),
    [
        (
            "aws:s3/bucket:Bucket",
            {"a": 1},
            {"acl": "public-read"},
            "high",
            ("Anyone may now read the bucket x."),
        ),
        (
            "aws:s3/bucket:Bucket",
            None,
            {"acl": "public-read"},
            "high",
            ("Anyone may now read the bucket x."),
        ),
        (
            "aws:rds/instance:Instance",
            {"a": 1},
            {"publiclyAccessible": True},
            "high",
            "The database x can now be reached from the internet.",
        ),
        (
            "aws:sagemaker/model:Model",
            {"enableNetworkIsolation": True},
            {"a": 1},
            "medium",
            "The model x no longer isolates its container from the network: it may send data out.",
        ),
        (
            "aws:lambda/functionUrl:FunctionUrl",
            None,
            {"authorizationType": "NONE"},
            "high",
            "The function URL x can now be called by anyone on the internet.",
        ),
        (
            "aws:sns/topic:Topic",
            {"kmsMasterKeyId": "${k.id}"},
            {"a": 1},
            "medium",
            "The SNS topic x no longer encrypts with the key k.",
        ),
        (
            "aws:ebs/volume:Volume",
            {"encrypted": True},
            {"encrypted": False},
            "medium",
            "The volume x no longer encrypts its data.",
        ),
        (
            "aws:kms/key:Key",
            {"enableKeyRotation": True},
            {"a": 1},
            "low",
            "The encryption key x no longer rotates its key every year.",
        ),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {"metadataOptions": {"httpTokens": "required"}},
            {"metadataOptions": {"httpTokens": "optional"}},
            "medium",
            (
                "The launch template x lets any request on its instances fetch the role's "
                "credentials (IMDSv1)."
            ),
        ),
        (
            "aws:eks/cluster:Cluster",
            {"vpcConfig": {"endpointPublicAccess": False}},
            {"vpcConfig": {"a": 1}},
            "high",
            (
                "The API server of the EKS cluster x can now be reached from anywhere on the "
                "internet."
            ),
        ),
        (
            "aws:eks/cluster:Cluster",
            {"vpcConfig": {"publicAccessCidrs": ["10.0.0.0/8"]}},
            {"vpcConfig": {"publicAccessCidrs": ["10.0.0.0/8", "52.0.0.0/16"]}},
            "medium",
            "The API server of the EKS cluster x can now be reached from 52.0.0.0/16.",
        ),
        (
            "aws:eks/cluster:Cluster",
            None,
            {"vpcConfig": {"a": 1}},
            "low",
            (
                "The API server of the EKS cluster x can now be reached from anywhere on the "
                "internet."
            ),
        ),
        (
            "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
            None,
            {
                "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
                "clusterName": "c",
                "principalArn": "arn:aws:iam::1:role/ops",
                "accessScope": {"type": "cluster"},
            },
            "high",
            (
                "role/ops gets AmazonEKSClusterAdminPolicy on the cluster c, and may do "
                "everything in it."
            ),
        ),
        (
            "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
            None,
            {"rules": [{"verbs": ["*"], "resources": ["*"], "apiGroups": ["*"]}]},
            "high",
            "The cluster role x now allows everything on everything.",
        ),
        (
            "kubernetes:rbac.authorization.k8s.io/v1:Role",
            {"rules": [{"verbs": ["get"], "resources": ["pods"]}]},
            {"rules": [{"verbs": ["get", "delete"], "resources": ["pods"]}]},
            "medium",
            "The role x now allows delete on pods.",
        ),
        (
            "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
            None,
            {
                "roleRef": {"name": "cluster-admin"},
                "subjects": [{"kind": "ServiceAccount", "name": "ci", "namespace": "ops"}],
            },
            "high",
            (
                "The service account ops/ci gets the role cluster-admin, and may do everything "
                "in the cluster."
            ),
        ),
        (
            "kubernetes:apps/v1:DaemonSet",
            None,
            {
                "spec": {
                    "template": {
                        "spec": {"containers": [{"securityContext": {"privileged": True}}]}
                    }
                }
            },
            "high",
            "Pods of the daemon set x may now do on the node what root may do (privileged).",
        ),
        (
            "kubernetes:core/v1:Pod",
            {"spec": {"a": 1}},
            {"spec": {"hostNetwork": True}},
            "high",
            "Pods of the pod x may now use the node's network.",
        ),
        (
            "kubernetes:core/v1:Namespace",
            {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}},
            {"metadata": {"labels": {}}},
            "medium",
            (
                "The namespace x now admits pods with more privileges: its pod security goes "
                "from restricted to privileged."
            ),
        ),
        (
            "kubernetes:core/v1:Service",
            {"spec": {"type": "ClusterIP"}},
            {"spec": {"type": "LoadBalancer"}},
            "medium",
            (
                "The service x can now be reached by anyone that reaches its load balancer: no "
                "source ranges limit it."
            ),
        ),
        (
            "kubernetes:networking.k8s.io/v1:NetworkPolicy",
            {"spec": {}},
            None,
            "medium",
            "The network policy x is deleted: the traffic that it held back is let through.",
        ),
        (
            "aws:ec2/route:Route",
            {"destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "n"},
            {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": "g"},
            "medium",
            (
                "The route x routes to the internet directly, in place of through a NAT gateway: "
                "its subnets become public."
            ),
        ),
    ],
)
def test_what_opens_is_reported_and_the_way_back_is_not(
    type_: str, before: Any, after: Any, level: str, words: str
) -> None:
    old, new = (None if side is None else resource(type_, "x", **side) for side in (before, after))
    assert stated(change(old, new)) == [(level, "access", words)]
    assert not [found for found in risks_of(change(new, old)) if found.kind == "access"], (
        "what closes is no risk"
    )


def test_a_bucket_that_loses_its_key_is_reported_unless_it_is_deleted_itself() -> None:
    type_ = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"

    def encryption(**default: str) -> Resource:
        rules = [{"applyServerSideEncryptionByDefault": default}]
        return resource(type_, "sse", {"bucket": BUCKET}, bucket="${data.bucket}", rules=rules)

    own, plain = (
        encryption(sseAlgorithm="aws:kms", kmsMasterKeyId="${k.arn}"),
        encryption(sseAlgorithm="AES256"),
    )
    expected = [
        ("medium", "access", ("The bucket data no longer encrypts new objects with the key k."))
    ]
    assert stated(change(own, plain), also=(BUCKET,)) == expected
    assert stated(change(own, None), also=(BUCKET,)) == expected
    assert stated(change(plain, None), also=(BUCKET,)) == []
    assert [kind for _, kind, _ in stated(change(own, None), change(BUCKET, None))] == ["data-loss"]


def test_the_table_has_a_row_for_each_way_through_a_security_group() -> None:
    before, after = gate(IN, "10.0.0.0/16"), gate(IN, "0.0.0.0/0", None, None, "-1")
    assert access_changes(Changes("base", (change(before, after),), 0)) == [
        AccessChange("-", "rule", before.urn, "Allow", "ingress tcp port 22", "web", "10.0.0.0/16"),
        AccessChange("+", "rule", after.urn, "Allow", "ingress all ports", "web", "0.0.0.0/0"),
    ]
