import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.testing import deploy, policy
from groundplan.testing.deploy import Plan
from groundplan.training.cluster.training_cluster import TrainingCluster, TrainingClusterArgs

ADMIN = "arn:aws:iam::123456789012:role/ml/platform"
SUBNETS = ["subnet-a", "subnet-b"]

CLUSTER = "aws:eks/cluster:Cluster"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
ENTRY = "aws:eks/accessEntry:AccessEntry"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ADDON = "aws:eks/addon:Addon"
NODES = "aws:eks/nodeGroup:NodeGroup"
PROVIDER = "pulumi:providers:kubernetes"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def train(**more: Any) -> Callable[[], TrainingCluster]:
    args: Any = {"private_subnet_ids": SUBNETS, "administrators": [ADMIN], **more}
    return lambda: TrainingCluster("training", args)


@pytest.fixture(scope="module")
def minimal() -> Plan:
    return deploy(train(), project="ml", stack="prod", region="eu-west-1")


def test_a_minimal_cluster_is_private_encrypted_logged_and_protected(minimal: Plan) -> None:
    cluster = minimal.one(CLUSTER, "training-cluster")

    assert cluster.inputs == {
        "accessConfig": {
            "authenticationMode": "API",
            "bootstrapClusterCreatorAdminPermissions": False,
        },
        "bootstrapSelfManagedAddons": False,
        "deletionProtection": True,
        "enabledClusterLogTypes": [
            "api",
            "audit",
            "authenticator",
            "controllerManager",
            "scheduler",
        ],
        "encryptionConfig": {
            "provider": {"keyArn": "${training-key-key.arn}"},
            "resources": ["secrets"],
        },
        "name": "ml-prod-training",
        "roleArn": "${training-cluster-role.arn}",
        "tags": {"groundplan:component": "training"},
        "upgradePolicy": {"supportType": "STANDARD"},
        "version": "1.36",
        "vpcConfig": {
            "endpointPrivateAccess": True,
            "endpointPublicAccess": False,
            "subnetIds": SUBNETS,
        },
    }
    assert cluster.option("protect") is True
    assert not cluster.option("retainOnDelete")


def test_the_cluster_comes_after_its_logs_and_its_role_may_clean_up_after_it(minimal: Plan) -> None:
    waits = minimal.dependencies(minimal.one(CLUSTER))

    assert {
        "training-control-plane-logs",
        "training-cluster-role-AmazonEKSClusterPolicy",
        "training-key-key",
    } <= waits
    attachment = minimal.one(ATTACHMENT, "training-cluster-role-AmazonEKSClusterPolicy")
    assert attachment.inputs == {
        "policyArn": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
        "role": "${training-cluster-role.name}",
    }
    role = minimal.one("aws:iam/role:Role", "training-cluster-role")
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "eks.amazonaws.com"}
    cluster = "arn:aws:eks:eu-west-1:${aws.accountId}:cluster/ml-prod-training"
    assert trust["Condition"] == {
        "ArnEquals": {"aws:SourceArn": cluster},
        "StringEquals": {"aws:SourceAccount": "${aws.accountId}"},
    }


def test_the_log_group_is_the_one_that_eks_writes_to(minimal: Plan) -> None:
    logs = minimal.one(LOGS, "training-control-plane-logs")

    assert logs.inputs == {
        "kmsKeyId": "${training-key-key.arn}",
        "name": "/aws/eks/ml-prod-training/cluster",
        "retentionInDays": 90,
        "tags": {"groundplan:component": "training"},
    }
    assert (logs.option("protect"), logs.option("retainOnDelete")) == (True, True)


def test_its_own_key_serves_the_logs_too(minimal: Plan) -> None:
    key = minimal.one("aws:kms/key:Key")

    assert "UseLogs" in policy(key.inputs["policy"])
    assert (key.option("protect"), key.option("retainOnDelete")) == (True, True)
    assert key.inputs["tags"] == {"groundplan:component": "training"}
    assert minimal.parent(
        minimal.one("groundplan:index:EncryptionKey", "training-key")
    ) == minimal.one("groundplan:index:TrainingCluster", "training")


def test_all_that_belongs_to_it_is_its_child(minimal: Plan) -> None:
    component = minimal.one("groundplan:index:TrainingCluster", "training")

    assert not component.inputs
    for resource in minimal.manifest:
        if resource != component and not resource.name.startswith("training-key"):
            assert minimal.parent(resource) == component
            assert resource.name.startswith("training-")


def test_its_outputs_are_what_other_stacks_need(minimal: Plan) -> None:
    outputs = dict(minimal.one("groundplan:index:TrainingCluster").outputs)

    kubeconfig = json.loads(outputs.pop("kubeconfig"))
    assert outputs == {
        "clusterName": "ml-prod-training",
        "clusterArn": "${training-cluster.arn}",
        "clusterEndpoint": "${training-cluster.endpoint}",
        "securityGroupId": "${training-cluster.vpcConfig.clusterSecurityGroupId}",
        "nodeRoleArn": "${training-node-role.arn}",
    }
    assert kubeconfig["clusters"] == [
        {
            "name": "ml-prod-training",
            "cluster": {
                "server": "${training-cluster.endpoint}",
                "certificate-authority-data": "${training-cluster.certificateAuthority.data}",
            },
        }
    ]
    run = kubeconfig["users"][0]["user"]["exec"]
    command = " ".join([run["command"], *run["args"]])
    assert (
        command
        == "aws --region eu-west-1 eks get-token --cluster-name ml-prod-training --output json"
    )
    assert run["apiVersion"] == "client.authentication.k8s.io/v1beta1"
    assert kubeconfig["contexts"] == [
        {
            "name": "ml-prod-training",
            "context": {"cluster": "ml-prod-training", "user": "ml-prod-training"},
        }
    ]
    assert kubeconfig["current-context"] == kubeconfig["users"][0]["name"] == "ml-prod-training"


def test_each_administrator_has_an_entry_and_the_policy() -> None:
    other = "arn:aws:iam::123456789012:user/anna"
    plan = deploy(train(administrators=[ADMIN, other]))

    assert {entry.inputs["principalArn"] for entry in plan.all(ENTRY).values()} == {ADMIN, other}
    association = plan.one(ASSOCIATION, "training-administrator-123456789012-user-anna-policy")
    assert association.inputs == {
        "accessScope": {"type": "cluster"},
        "clusterName": "project-test-training",
        "policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        "principalArn": other,
    }
    assert "training-administrator-123456789012-user-anna" in plan.dependencies(association)


def test_the_order_of_administrators_changes_no_name() -> None:
    other = "arn:aws:iam::123456789012:user/anna"

    assert deploy(train(administrators=[ADMIN, other])).manifest.resources == (
        deploy(train(administrators=[other, ADMIN])).manifest.resources
    )


def test_an_administrator_may_be_a_role_that_is_yet_to_come() -> None:
    def program() -> None:
        role = aws.iam.Role("ci", assume_role_policy="{}")
        TrainingCluster("training", {"private_subnet_ids": SUBNETS, "administrators": [role.arn]})

    assert (
        deploy(program).one(ENTRY, "training-administrator-0").inputs["principalArn"] == "${ci.arn}"
    )


def test_whatever_uses_the_provider_waits_for_access_and_for_nodes(minimal: Plan) -> None:
    provider = minimal.one(PROVIDER, "training-kubernetes")

    assert (
        provider.inputs["kubeconfig"]
        == minimal.one("groundplan:index:TrainingCluster").outputs["kubeconfig"]
    )
    assert provider.inputs["clusterIdentifier"] == "${training-cluster.arn}"
    waits = minimal.dependencies(provider)
    assert {
        "training-administrator-123456789012-role-ml-platform-policy",
        *minimal.all(ADDON),
    } <= waits
    assert "training-system-nodes" in minimal.dependencies(minimal.one(ADDON, "training-coredns"))


def test_the_provider_serves_other_components() -> None:
    def program() -> None:
        cluster = train()()
        opts = pulumi.ResourceOptions(provider=cluster.kubernetes_provider)
        kubernetes.core.v1.Namespace("monitoring", opts=opts)

    plan = deploy(program)
    assert (
        plan.one("kubernetes:core/v1:Namespace", "monitoring").option("provider")
        == plan.one(PROVIDER).urn
    )


def test_the_private_endpoint_opens_to_the_networks_that_are_named_and_to_no_other(
    minimal: Plan,
) -> None:
    plan = deploy(train(vpc_id="vpc-1", private_access_cidrs=["10.0.0.0/16", "192.168.4.0/22"]))

    group = plan.one(GROUP, "training-api")
    assert (group.inputs["vpcId"], "egress" in group.inputs) == ("vpc-1", False)
    assert plan.one(CLUSTER).inputs["vpcConfig"]["securityGroupIds"] == ["${training-api.id}"]
    assert set(plan.all(RULE)) == {
        "training-api-from-10-0-0-0-16",
        "training-api-from-192-168-4-0-22",
    }
    rule = plan.one(RULE, "training-api-from-10-0-0-0-16")
    assert rule.inputs == {
        "cidrIpv4": "10.0.0.0/16",
        "description": "Kubernetes API",
        "fromPort": 443,
        "ipProtocol": "tcp",
        "securityGroupId": "${training-api.id}",
        "tags": {"groundplan:component": "training"},
        "toPort": 443,
    }
    assert set(plan.all(RULE)) <= plan.dependencies(plan.one(PROVIDER))
    assert not minimal.all(RULE)
    assert not minimal.all(GROUP)


def test_the_cluster_name_resolves_once_kueue_is_ready() -> None:
    def program() -> None:
        cluster = train()()
        aws.eks.PodIdentityAssociation(
            "own",
            cluster_name=cluster.cluster_name,
            namespace="own",
            service_account="own",
            role_arn="arn",
        )

    plan = deploy(program)
    own = plan.one("aws:eks/podIdentityAssociation:PodIdentityAssociation", "own")
    assert own.inputs["clusterName"] == "project-test-training"
    assert {"training-cluster", "training-kueue"} <= plan.dependencies(own)


def test_a_full_cluster_has_the_values_of_its_arguments() -> None:
    plan = deploy(
        train(
            cluster_name="gpu-lab",
            kubernetes_version="1.35",
            public_access_cidrs=["203.0.113.0/24"],
            system_pool={"instance_type": "m7g.xlarge", "min_size": 3, "max_size": 6},
            pools={"gpu": {"instance_type": "g5.xlarge", "max_size": 2}},
            log_retention_days=365,
            kms_key_arn="arn:aws:kms:us-east-1:123456789012:key/1",
            deletion_protection=False,
            tags={"owner": "ml"},
        )
    )

    cluster, logs = plan.one(CLUSTER), plan.one(LOGS)
    assert (cluster.inputs["name"], cluster.inputs["version"]) == ("gpu-lab", "1.35")
    assert cluster.inputs["vpcConfig"] == {
        "endpointPrivateAccess": True,
        "endpointPublicAccess": True,
        "publicAccessCidrs": ["203.0.113.0/24"],
        "subnetIds": SUBNETS,
    }
    assert cluster.inputs["encryptionConfig"]["provider"] == {
        "keyArn": "arn:aws:kms:us-east-1:123456789012:key/1"
    }
    assert not plan.all("aws:kms/key:Key")
    assert not plan.all("groundplan:index:EncryptionKey")
    assert cluster.inputs["deletionProtection"] is False
    assert (cluster.option("protect"), logs.option("protect"), logs.option("retainOnDelete")) == (
        False,
        False,
        False,
    )
    assert logs.inputs["name"] == "/aws/eks/gpu-lab/cluster"
    assert logs.inputs["retentionInDays"] == 365
    assert logs.inputs["kmsKeyId"] == "arn:aws:kms:us-east-1:123456789012:key/1"
    assert plan.one(ADDON, "training-kube-proxy").inputs["addonVersion"] == "v1.35.3-eksbuild.29"
    system = plan.one(NODES, "training-system-nodes").inputs
    assert (system["amiType"], system["instanceTypes"]) == (
        "AL2023_ARM_64_STANDARD",
        ["m7g.xlarge"],
    )
    assert system["scalingConfig"] == {"desiredSize": 3, "maxSize": 6, "minSize": 3}


def test_without_deletion_protection_the_key_is_deleted_with_the_cluster() -> None:
    key = deploy(train(deletion_protection=False)).one("aws:kms/key:Key")

    assert (key.option("protect"), key.option("retainOnDelete")) == (False, False)


def test_every_aws_child_carries_the_tags() -> None:
    plan = deploy(
        train(tags={"owner": "ml"}, pools={"gpu": {"instance_type": "g5.xlarge", "max_size": 1}})
    )

    untaggable = {ATTACHMENT, ASSOCIATION, "aws:iam/rolePolicy:RolePolicy", "aws:kms/alias:Alias"}
    taggable = [r for r in plan.manifest if r.type.startswith("aws:") and r.type not in untaggable]
    assert len(taggable) > 20
    for resource in taggable:
        assert resource.inputs["tags"]["owner"] == "ml", resource.name
        assert resource.inputs["tags"]["groundplan:component"] == "training", resource.name


def test_other_partitions_have_their_own_policies() -> None:
    plan = deploy(
        train(administrators=["arn:aws-cn:iam::123456789012:role/x"]), region="cn-north-1"
    )

    arns = [
        a.inputs["policyArn"]
        for a in [*plan.all(ATTACHMENT).values(), *plan.all(ASSOCIATION).values()]
    ]
    assert arns
    assert all(arn.startswith("arn:aws-cn:") for arn in arns)


def test_all_problems_of_a_cluster_are_reported_at_once() -> None:
    wrong: Any = {
        "private_subnet_ids": ["subnet-a"],
        "administrators": [],
        "kubernetes_version": "1.20",
        "public_access_cidrs": ["0.0.0.0/0"],
        "private_access_cidrs": ["vpc"],
        "system_pool": {"instance_type": "g5.xlarge"},
        "pools": {"gpu": {"instance_type": "g4ad.xlarge", "max_size": 0}, "none": {}},
        "log_retention_days": 91,
        "cluster_name": "no spaces",
        "kubernetes": "1.36",
    }

    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: TrainingCluster("training", wrong))
    assert {problem.key for problem in caught.value.problems} == {
        "private_subnet_ids",
        "administrators",
        "kubernetes_version",
        "public_access_cidrs[0]",
        "private_access_cidrs[0]",
        "vpc_id",
        "system_pool.instance_type",
        "pools.gpu.instance_type",
        "pools.gpu.max_size",
        "pools.none.instance_type",
        "pools.none.max_size",
        "log_retention_days",
        "cluster_name",
        "kubernetes",
    }
    assert not caught.value.manifest.of_type(CLUSTER)  # type: ignore[attr-defined]
    assert not caught.value.manifest.of_type("aws:kms/key:Key")  # type: ignore[attr-defined]


def test_what_it_needs_is_asked_for() -> None:
    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: TrainingCluster("training", {}))  # type: ignore[typeddict-item]
    assert {problem.key for problem in caught.value.problems} == {
        "private_subnet_ids",
        "administrators",
    }


def test_a_default_name_that_eks_refuses_is_a_problem() -> None:
    args: TrainingClusterArgs = {"private_subnet_ids": SUBNETS, "administrators": [ADMIN]}

    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: TrainingCluster("x" * 100, args))
    assert [problem.key for problem in caught.value.problems] == ["cluster_name"]


def test_its_parts_can_be_reached() -> None:
    clusters: list[TrainingCluster] = []
    deploy(
        lambda: clusters.append(
            train(pools={"gpu": {"instance_type": "g5.xlarge", "max_size": 1}})()
        )
    )

    assert set(clusters[0].node_groups) == set(clusters[0].launch_templates) == {"system", "gpu"}
    assert set(clusters[0].releases) == {"cluster-autoscaler", "kueue", "nvidia-device-plugin"}
    assert len(clusters[0].addons) == 7
    assert set(clusters[0].queues.flavors) == {"gpu"}
    assert clusters[0].key is not None
