"""Changes whose effect depends on values or on other inputs: what is replaced, updated
in place, refused, or not known."""

from typing import Any

import pytest
from groundplan.diff.changes import Change, Kind, PropertyChange
from groundplan.diff.comparison import compare
from groundplan.diff.properties import Differ
from groundplan.diff.value_rules import RULES, judge
from groundplan.manifest.model import Manifest, Resource

REPLACED, IN_PLACE, REFUSED, UNKNOWN = "replaced", "in place", "refused", "not known"

INSTANCE = "aws:ec2/instance:Instance"
LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
ONTAP = "aws:fsx/ontapFileSystem:OntapFileSystem"
CACHE = "aws:elasticache/cluster:Cluster"
GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
MSK = "aws:msk/cluster:Cluster"
RDS = "aws:rds/instance:Instance"
AURORA = "aws:rds/cluster:Cluster"
DOCUMENTS = "aws:docdb/cluster:Cluster"
GRAPH = "aws:neptune/cluster:Cluster"
DOMAIN = "aws:opensearch/domain:Domain"
BATCH = "aws:batch/computeEnvironment:ComputeEnvironment"
SERVICE = "aws:ecs/service:Service"
EKS = "aws:eks/cluster:Cluster"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
INTERFACE = "aws:ec2/networkInterface:NetworkInterface"
TABLE = "aws:dynamodb/table:Table"
STREAM = "aws:kinesis/stream:Stream"
POOL = "aws:cognito/userPool:UserPool"
WAREHOUSE = "aws:redshift/cluster:Cluster"

AUTO_MODE = {
    "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": True}},
    "storageConfig": {"blockStorage": {"enabled": True}},
}


def change(type_: str, old: dict[str, Any], new: dict[str, Any], **options: Any) -> Change:
    urn = f"urn:pulumi:dev::shop::{type_}::it"
    before = Resource(urn, type_, "it", None, True, old)
    after = Resource(urn, type_, "it", None, True, new, options=options)
    sides = [Manifest("shop", "dev", (side,)) for side in (before, after)]
    return next(c for c in compare(sides[0], sides[1], "x").changes if c.resource.urn == urn)


def outcome(item: PropertyChange) -> str:
    if item.refused:
        return REFUSED
    return {True: REPLACED, False: IN_PLACE, None: UNKNOWN}[item.replaces]


def outcomes(type_: str, old: dict[str, Any], new: dict[str, Any]) -> set[str]:
    return {outcome(item) for item in change(type_, old, new).properties}


def batch(strategy: str, role: str | None = None, **resources: Any) -> dict[str, Any]:
    compute = {"type": "EC2", "allocationStrategy": strategy, **resources}
    return {"computeResources": compute, **({"serviceRole": role} if role else {})}


CASES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    # EC2
    (INSTANCE, {"userData": "a"}, {"userData": "b"}, IN_PLACE),
    (INSTANCE, {"instanceType": "m5.large"}, {"instanceType": "m5.xlarge"}, IN_PLACE),
    (INSTANCE, {"instanceType": "m5.large"}, {"instanceType": "m7g.large"}, REPLACED),
    (INSTANCE, {"instanceType": "m5.large"}, {"instanceType": "${type}"}, UNKNOWN),
    (INSTANCE, {"instanceType": "m5.large"}, {"instanceType": "zz9.large"}, UNKNOWN),
    (INSTANCE, {"launchTemplate": {"version": "1"}},
     {"launchTemplate": {"version": "2"}}, REPLACED),
    (
        INSTANCE,
        {"launchTemplate": {"version": "$Latest"}},
        {"launchTemplate": {"version": "2"}},
        UNKNOWN,
    ),
    (INSTANCE, {"enablePrimaryIpv6": True}, {"enablePrimaryIpv6": False}, REPLACED),
    (INSTANCE, {"enablePrimaryIpv6": False}, {"enablePrimaryIpv6": True}, IN_PLACE),
    (
        INSTANCE,
        {"rootBlockDevice": {"volumeSize": 100}},
        {"rootBlockDevice": {"volumeSize": 50}},
        REFUSED,
    ),
    (
        INSTANCE,
        {"rootBlockDevice": {"volumeSize": 50}},
        {"rootBlockDevice": {"volumeSize": 100}},
        IN_PLACE,
    ),
    ("aws:ebs/volume:Volume", {"size": 100}, {"size": 50}, REFUSED),
    ("aws:ebs/volume:Volume", {"size": 50}, {"size": 100}, IN_PLACE),
    ("aws:ebs/volume:Volume", {"size": 50}, {"size": "${size}"}, IN_PLACE),
    # FSx
    (LUSTRE, {"storageCapacity": 4800, "deploymentType": "PERSISTENT_2"},
     {"storageCapacity": 2400, "deploymentType": "PERSISTENT_2"}, REPLACED),
    (LUSTRE, {"storageCapacity": 2400, "deploymentType": "SCRATCH_2"},
     {"storageCapacity": 4800, "deploymentType": "SCRATCH_2"}, IN_PLACE),
    (LUSTRE, {"storageCapacity": 2400, "deploymentType": "SCRATCH_1"},
     {"storageCapacity": 4800, "deploymentType": "SCRATCH_1"}, REPLACED),
    (LUSTRE, {"storageCapacity": 2400}, {"storageCapacity": 4800}, REPLACED),
    (LUSTRE, {"storageCapacity": 2400, "deploymentType": "SCRATCH_2"},
     {"storageCapacity": "${size}", "deploymentType": "SCRATCH_2"}, UNKNOWN),
    (LUSTRE, {"fileSystemTypeVersion": "2.15"}, {"fileSystemTypeVersion": "2.12"}, REPLACED),
    (LUSTRE, {"fileSystemTypeVersion": "2.12"}, {"fileSystemTypeVersion": "2.15"}, IN_PLACE),
    (
        LUSTRE,
        {"metadataConfiguration": {"mode": "USER_PROVISIONED", "iops": 6000}},
        {"metadataConfiguration": {"mode": "USER_PROVISIONED", "iops": 3000}},
        REPLACED,
    ),
    (
        LUSTRE,
        {"efaEnabled": True, "perUnitStorageThroughput": 125},
        {"efaEnabled": True, "perUnitStorageThroughput": 250},
        REFUSED,
    ),
    (ONTAP, {"storageCapacity": 2048, "deploymentType": "MULTI_AZ_1"},
     {"storageCapacity": 1024, "deploymentType": "MULTI_AZ_1"}, REFUSED),
    (ONTAP, {"storageCapacity": 2048, "deploymentType": "SINGLE_AZ_2"},
     {"storageCapacity": 1024, "deploymentType": "SINGLE_AZ_2"}, IN_PLACE),
    (ONTAP, {"throughputCapacityPerHaPair": 128, "deploymentType": "SINGLE_AZ_1"},
     {"throughputCapacityPerHaPair": 256, "deploymentType": "SINGLE_AZ_1"}, REPLACED),
    (ONTAP, {"haPairs": 1, "deploymentType": "SINGLE_AZ_2"},
     {"haPairs": 2, "deploymentType": "SINGLE_AZ_2"}, IN_PLACE),
    ("aws:fsx/openZfsFileSystem:OpenZfsFileSystem", {"storageCapacity": 128},
     {"storageCapacity": 64}, REFUSED),
    ("aws:fsx/windowsFileSystem:WindowsFileSystem", {"storageCapacity": 1000},
     {"storageCapacity": 1050}, REFUSED),
    # ElastiCache, MemoryDB
    (CACHE, {"engine": "redis", "engineVersion": "7.1"},
     {"engine": "redis", "engineVersion": "6.2"}, REPLACED),
    (CACHE, {"engine": "redis", "engineVersion": "6.2"},
     {"engine": "redis", "engineVersion": "7.1"}, IN_PLACE),
    (CACHE, {"engine": "redis", "engineVersion": "6.x"},
     {"engine": "redis", "engineVersion": "6.0"}, REPLACED),
    (CACHE, {"engine": "memcached", "nodeType": "cache.t3.small"},
     {"engine": "memcached", "nodeType": "cache.t3.medium"}, REPLACED),
    (CACHE, {"engine": "redis", "nodeType": "cache.t3.small"},
     {"engine": "redis", "nodeType": "cache.t3.medium"}, IN_PLACE),
    (CACHE, {"engine": "redis", "numCacheNodes": 1},
     {"engine": "redis", "numCacheNodes": 2}, REFUSED),
    (GROUP, {"engineVersion": "7.1"}, {"engineVersion": "7.0"}, REPLACED),
    (GROUP, {"engine": "redis"}, {"engine": "valkey"}, IN_PLACE),
    (GROUP, {"engine": "valkey"}, {"engine": "redis"}, REPLACED),
    (GROUP, {"engineVersion": "6.2", "transitEncryptionEnabled": False},
     {"engineVersion": "6.2", "transitEncryptionEnabled": True}, REPLACED),
    (GROUP, {"engineVersion": "7.1", "transitEncryptionEnabled": False},
     {"engineVersion": "7.1", "transitEncryptionEnabled": True,
      "transitEncryptionMode": "preferred"}, IN_PLACE),
    (GROUP, {"engineVersion": "7.1", "transitEncryptionMode": "required"},
     {"engineVersion": "7.1", "transitEncryptionMode": "required",
      "transitEncryptionEnabled": True}, REFUSED),
    (GROUP, {}, {"multiAzEnabled": True}, REFUSED),
    (GROUP, {"clusterMode": "disabled"}, {"clusterMode": "enabled"}, REFUSED),
    (GROUP, {"clusterMode": "compatible"}, {"clusterMode": "enabled"}, IN_PLACE),
    (GROUP, {"clusterMode": "enabled"}, {"clusterMode": "compatible"}, REFUSED),
    ("aws:elasticache/serverlessCache:ServerlessCache", {"engine": "redis"},
     {"engine": "valkey"}, IN_PLACE),
    ("aws:elasticache/serverlessCache:ServerlessCache", {"engine": "redis"},
     {"engine": "memcached"}, REPLACED),
    ("aws:memorydb/cluster:Cluster", {"engineVersion": "7.1"}, {"engineVersion": "7.0"}, REFUSED),
    # RDS and its kin
    (RDS, {"engine": "postgres", "engineVersion": "15.4"},
     {"engine": "postgres", "engineVersion": "16.1"}, REFUSED),
    (RDS, {"engine": "postgres", "engineVersion": "15.4"},
     {"engine": "postgres", "engineVersion": "15.7"}, IN_PLACE),
    (RDS, {"engine": "postgres", "engineVersion": "15.4"},
     {"engine": "postgres", "engineVersion": "15"}, IN_PLACE),
    (RDS, {"engine": "postgres", "engineVersion": "15.4"},
     {"engine": "postgres", "engineVersion": "14.9"}, REFUSED),
    (RDS, {"engine": "mysql", "engineVersion": "8.0.36"},
     {"engine": "mysql", "engineVersion": "8.4.3"}, REFUSED),
    (RDS, {"engine": "mysql", "engineVersion": "8.0.32"},
     {"engine": "mysql", "engineVersion": "8.0.36"}, IN_PLACE),
    (RDS, {"allocatedStorage": 200}, {"allocatedStorage": 100}, REFUSED),
    (RDS, {"allocatedStorage": 100}, {"allocatedStorage": 200}, IN_PLACE),
    (RDS, {"allocatedStorage": 200, "maxAllocatedStorage": 500},
     {"allocatedStorage": 100, "maxAllocatedStorage": 500}, IN_PLACE),
    (RDS, {}, {"replicateSourceDb": "main"}, REFUSED),
    (RDS, {"replicateSourceDb": "main"}, {}, IN_PLACE),
    (RDS, {"replicateSourceDb": "${a.identifier}"}, {"replicateSourceDb": "${b.identifier}"},
     REFUSED),
    (RDS, {"replicateSourceDb": "${a.identifier}"}, {"replicateSourceDb": "${a.arn}"}, IN_PLACE),
    (AURORA, {"engine": "aurora-postgresql", "storageType": "aurora"},
     {"engine": "aurora-postgresql", "storageType": "aurora-iopt1"}, IN_PLACE),
    (AURORA, {"engine": "mysql", "storageType": "io1"}, {"engine": "mysql", "storageType": "io2"},
     REPLACED),
    (AURORA, {"engine": "aurora-mysql", "engineVersion": "5.7.mysql_aurora.2.11.2"},
     {"engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.04.0"}, REFUSED),
    (AURORA, {"engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.04.0"},
     {"engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.05.2"}, IN_PLACE),
    (AURORA, {"engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.05.2"},
     {"engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.04.0"}, REFUSED),
    (AURORA, {}, {"globalClusterIdentifier": "g"}, REFUSED),
    (AURORA, {}, {"backtrackWindow": 3600}, REFUSED),
    (AURORA, {"backtrackWindow": 3600}, {"backtrackWindow": 7200}, IN_PLACE),
    (DOCUMENTS, {"engineVersion": "4.0.0"}, {"engineVersion": "5.0.0"}, REFUSED),
    ("aws:docdb/globalCluster:GlobalCluster", {"engineVersion": "4.0.0"},
     {"engineVersion": "5.0.0"}, REFUSED),
    ("aws:rds/globalCluster:GlobalCluster", {"engineVersion": "16.4"},
     {"engineVersion": "15.4"}, REFUSED),
    (GRAPH, {"engineVersion": "1.2.1.0"}, {"engineVersion": "1.3.0.0"}, REFUSED),
    (GRAPH, {"engineVersion": "1.2.0.0"}, {"engineVersion": "1.2.1.0"}, IN_PLACE),
    (WAREHOUSE, {"availabilityZone": "us-east-1a"}, {"availabilityZone": "us-east-1b"}, REFUSED),
    (WAREHOUSE, {"availabilityZone": "us-east-1a", "availabilityZoneRelocationEnabled": True},
     {"availabilityZone": "us-east-1b", "availabilityZoneRelocationEnabled": True}, IN_PLACE),
    ("aws:dms/replicationInstance:ReplicationInstance", {"allocatedStorage": 100},
     {"allocatedStorage": 50}, REFUSED),
    # DynamoDB, Kinesis, MSK, MQ
    (TABLE, {"restoreSourceName": "a"}, {}, IN_PLACE),
    (TABLE, {"restoreSourceName": "a"}, {"restoreSourceName": "b"}, REPLACED),
    (TABLE, {"warmThroughput": {"readUnitsPerSecond": 15000}},
     {"warmThroughput": {"readUnitsPerSecond": 12000}}, REPLACED),
    (TABLE, {"warmThroughput": {"readUnitsPerSecond": 12000}},
     {"warmThroughput": {"readUnitsPerSecond": 15000}}, IN_PLACE),
    (STREAM, {"shardCount": 2}, {"shardCount": 5}, REFUSED),
    (STREAM, {"shardCount": 2}, {"shardCount": 4}, IN_PLACE),
    (STREAM, {"shardCount": 8}, {"shardCount": 2}, REFUSED),
    (MSK, {"kafkaVersion": "3.6.0"}, {"kafkaVersion": "3.5.1"}, REPLACED),
    (MSK, {"kafkaVersion": "3.5.1"}, {"kafkaVersion": "3.10.0"}, IN_PLACE),
    (MSK, {"brokerNodeGroupInfo": {"storageInfo": {"ebsStorageInfo": {"volumeSize": 100}}}},
     {"brokerNodeGroupInfo": {"storageInfo": {"ebsStorageInfo": {"volumeSize": 50}}}}, REFUSED),
    (MSK, {"numberOfBrokerNodes": 3, "brokerNodeGroupInfo": {"clientSubnets": ["a", "b", "c"]}},
     {"numberOfBrokerNodes": 4, "brokerNodeGroupInfo": {"clientSubnets": ["a", "b", "c"]}},
     REFUSED),
    ("aws:mq/broker:Broker", {"engineVersion": "5.18"}, {"engineVersion": "5.17"}, REFUSED),
    # OpenSearch
    (DOMAIN, {"engineVersion": "OpenSearch_2.11"}, {"engineVersion": "OpenSearch_2.19"}, IN_PLACE),
    (DOMAIN, {"engineVersion": "OpenSearch_2.11"}, {"engineVersion": "OpenSearch_2.9"}, REPLACED),
    (DOMAIN, {"engineVersion": "OpenSearch_1.3"}, {"engineVersion": "OpenSearch_2.11"}, IN_PLACE),
    (DOMAIN, {"engineVersion": "OpenSearch_1.1"}, {"engineVersion": "OpenSearch_2.11"}, UNKNOWN),
    (DOMAIN, {"engineVersion": "Elasticsearch_7.10"}, {"engineVersion": "OpenSearch_1.3"},
     IN_PLACE),
    (DOMAIN, {"engineVersion": "OpenSearch_1.3"}, {"engineVersion": "Elasticsearch_7.10"},
     REPLACED),
    (DOMAIN, {"encryptAtRest": {"enabled": False}, "engineVersion": "OpenSearch_2.11"},
     {"encryptAtRest": {"enabled": True}, "engineVersion": "OpenSearch_2.11"}, IN_PLACE),
    (DOMAIN, {"engineVersion": "OpenSearch_2.11"},
     {"encryptAtRest": {"enabled": True}, "engineVersion": "OpenSearch_2.11"}, IN_PLACE),
    (DOMAIN, {"encryptAtRest": {"enabled": True}}, {"encryptAtRest": {"enabled": False}}, REPLACED),
    (DOMAIN, {"nodeToNodeEncryption": {"enabled": True}}, {}, REPLACED),
    (DOMAIN, {"engineVersion": "Elasticsearch_6.4"},
     {"engineVersion": "Elasticsearch_6.4", "nodeToNodeEncryption": {"enabled": True}}, REPLACED),
    (DOMAIN, {"ipAddressType": "dualstack"}, {"ipAddressType": "ipv4"}, REPLACED),
    (DOMAIN, {"ipAddressType": "ipv4"}, {"ipAddressType": "dualstack"}, IN_PLACE),
    (DOMAIN, {"advancedSecurityOptions": {"enabled": True}},
     {"advancedSecurityOptions": {"enabled": False}}, REPLACED),
    # Batch, ECS, EKS, Lambda
    (BATCH, batch("BEST_FIT", instanceTypes=["m5.large"]),
     batch("BEST_FIT", instanceTypes=["m6i.large"]), REPLACED),
    (BATCH, batch("BEST_FIT_PROGRESSIVE", instanceTypes=["m5.large"]),
     batch("BEST_FIT_PROGRESSIVE", instanceTypes=["m6i.large"]), IN_PLACE),
    (BATCH, batch("BEST_FIT_PROGRESSIVE", "arn:aws:iam::123456789012:role/batch", imageId="a"),
     batch("BEST_FIT_PROGRESSIVE", "arn:aws:iam::123456789012:role/batch", imageId="b"), REPLACED),
    (BATCH, batch("BEST_FIT_PROGRESSIVE", "${role.arn}", imageId="a"),
     batch("BEST_FIT_PROGRESSIVE", "${role.arn}", imageId="b"), UNKNOWN),
    (BATCH, batch("BEST_FIT_PROGRESSIVE", launchTemplate={"version": "1"}),
     batch("BEST_FIT_PROGRESSIVE", launchTemplate={"version": "2"}), IN_PLACE),
    (BATCH, {"computeResources": {"type": "FARGATE", "subnets": ["a"]}},
     {"computeResources": {"type": "FARGATE", "subnets": ["b"]}}, IN_PLACE),
    (SERVICE, {"capacityProviderStrategies": [{"capacityProvider": "a", "weight": 1}]},
     {"capacityProviderStrategies": [{"capacityProvider": "b", "weight": 1}]}, REFUSED),
    (SERVICE,
     {"forceNewDeployment": True, "capacityProviderStrategies": [{"capacityProvider": "a"}]},
     {"forceNewDeployment": True, "capacityProviderStrategies": [{"capacityProvider": "b"}]},
     IN_PLACE),
    (EKS, {"version": "1.31"}, {"version": "1.30"}, REFUSED),
    (EKS, {"version": "1.29"}, {"version": "1.31"}, REFUSED),
    (EKS, {"version": "1.30"}, {"version": "1.31"}, IN_PLACE),
    (EKS, {"accessConfig": {"authenticationMode": "API"}},
     {"accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"}}, REFUSED),
    (EKS, {"accessConfig": {"authenticationMode": "CONFIG_MAP"}},
     {"accessConfig": {"authenticationMode": "API"}}, IN_PLACE),
    (EKS, {}, {"computeConfig": {"enabled": True}}, REFUSED),
    (EKS, {"computeConfig": {"enabled": True}, **AUTO_MODE}, {"computeConfig": {"enabled": True}},
     IN_PLACE),
    (EKS, {}, {"computeConfig": {"enabled": True}, **AUTO_MODE}, IN_PLACE),
    ("aws:lambda/invocation:Invocation", {"input": "a"}, {"input": "b"}, REPLACED),
    ("aws:lambda/invocation:Invocation", {"input": "a", "lifecycleScope": "CRUD"},
     {"input": "b", "lifecycleScope": "CRUD"}, IN_PLACE),
    # Networks
    (BALANCER, {"loadBalancerType": "network", "subnets": ["a", "b"]},
     {"loadBalancerType": "network", "subnets": ["a"]}, REPLACED),
    (BALANCER, {"loadBalancerType": "network", "subnets": ["a"]},
     {"loadBalancerType": "network", "subnets": ["a", "b"]}, IN_PLACE),
    (BALANCER, {"subnets": ["a", "b"]}, {"subnets": ["a", "c"]}, IN_PLACE),
    (BALANCER, {"loadBalancerType": "network"},
     {"loadBalancerType": "network", "securityGroups": ["a"]}, REPLACED),
    ("aws:elb/loadBalancer:LoadBalancer", {"subnets": ["a"]}, {"subnets": ["b"]}, REPLACED),
    ("aws:elb/loadBalancer:LoadBalancer", {"subnets": ["a", "b"]}, {"subnets": ["b"]}, IN_PLACE),
    (INTERFACE, {"privateIps": ["10.0.0.4"]}, {"privateIps": ["10.0.0.4", "10.0.0.5"]}, IN_PLACE),
    (INTERFACE, {"privateIps": ["10.0.0.4"]}, {"privateIps": ["10.0.0.5"]}, REPLACED),
    (INTERFACE, {"privateIps": ["10.0.0.4", "10.0.0.5"]}, {"privateIps": ["10.0.0.5"]}, UNKNOWN),
    ("aws:ec2/vpc:Vpc", {"instanceTenancy": "dedicated"}, {"instanceTenancy": "default"}, IN_PLACE),
    ("aws:ec2/vpc:Vpc", {"instanceTenancy": "default"}, {"instanceTenancy": "dedicated"}, REPLACED),
    ("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
     {"cidrBlock": "10.1.0.0/16"}, {"cidrBlock": "10.2.0.0/16"}, REPLACED),
    ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.1.0.0/16", "ipv4NetmaskLength": 16},
     {"cidrBlock": "10.2.0.0/16", "ipv4NetmaskLength": 16}, IN_PLACE),
    # Platforms
    ("aws:sagemaker/notebookInstance:NotebookInstance", {"volumeSize": 50}, {"volumeSize": 20},
     REPLACED),
    ("aws:sagemaker/notebookInstance:NotebookInstance", {"volumeSize": 20}, {"volumeSize": 50},
     IN_PLACE),
    ("aws:glue/classifier:Classifier", {"csvClassifier": {"delimiter": ","}},
     {"jsonClassifier": {"jsonPath": "$"}}, REPLACED),
    ("aws:glue/classifier:Classifier", {"csvClassifier": {"delimiter": ","}},
     {"csvClassifier": {"delimiter": ";"}}, IN_PLACE),
    ("aws:mwaa/environment:Environment", {"airflowVersion": "1.10.12"},
     {"airflowVersion": "2.7.2"}, REPLACED),
    ("aws:ssm/parameter:Parameter", {"tier": "Advanced"}, {"tier": "Standard"}, REPLACED),
    ("aws:s3/bucketVersioning:BucketVersioning",
     {"versioningConfiguration": {"status": "Enabled"}},
     {"versioningConfiguration": {"status": "Disabled"}}, REFUSED),
    ("aws:s3/bucketVersioning:BucketVersioning",
     {"versioningConfiguration": {"status": "Enabled"}},
     {"versioningConfiguration": {"status": "Suspended"}}, IN_PLACE),
    (POOL, {"schemas": [{"name": "a"}]}, {"schemas": [{"name": "a"}, {"name": "b"}]}, IN_PLACE),
    (POOL, {"schemas": [{"name": "a"}]}, {"schemas": []}, REFUSED),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "old", "new", "expected"), CASES)
def test_values_and_other_inputs_decide_what_a_change_does(
    type_: str, old: dict[str, Any], new: dict[str, Any], expected: str
) -> None:
    found = outcomes(type_, old, new)
    assert found == {expected} or found == {expected, IN_PLACE}


@pytest.mark.parametrize("name", ["userData", "userDataBase64"])
def test_other_user_data_replaces_an_instance_that_says_so(name: str) -> None:
    sides = [{name: text, "userDataReplaceOnChange": True} for text in ("a", "b")]
    assert change(INSTANCE, sides[0], sides[1]).kind is Kind.REPLACE
    assert change(INSTANCE, {name: "a"}, sides[1]).kind is Kind.REPLACE
    off = {name: "b", "userDataReplaceOnChange": False}
    assert change(INSTANCE, {name: "a"}, off).kind is Kind.UPDATE


def test_a_major_version_is_not_refused_where_it_is_allowed() -> None:
    old = {"engine": "postgres", "engineVersion": "15.4"}
    new = {"engine": "postgres", "engineVersion": "16.1", "allowMajorVersionUpgrade": True}
    assert not change(RDS, old, new).refusals


def test_what_is_replaced_anyway_is_not_refused() -> None:
    old, new = ({"allocatedStorage": size, "storageEncrypted": size < 100} for size in (200, 50))
    found = change(RDS, old, new)
    assert (found.kind, found.refusals) == (Kind.REPLACE, ())


def test_replace_on_changes_has_precedence_over_a_refusal() -> None:
    found = change("aws:ebs/volume:Volume", {"size": 100}, {"size": 50}, replaceOnChanges=["size"])
    assert (found.kind, found.refusals) == (Kind.REPLACE, ())


def test_a_launch_template_that_changes_replaces_its_instance() -> None:
    template = "aws:ec2/launchTemplate:LaunchTemplate"
    urn, own = (f"urn:pulumi:dev::shop::{t}::{n}" for t, n in ((template, "t"), (INSTANCE, "it")))
    sides = []
    for image in ("a", "b"):
        inputs = {"launchTemplate": {"id": "${t.id}", "version": "${t.latestVersion}"}}
        depends = {"launchTemplate": (urn,)}
        user = Resource(own, INSTANCE, "it", None, True, inputs, property_dependencies=depends)
        used = Resource(urn, template, "t", None, True, {"imageId": image})
        sides.append(Manifest("shop", "dev", (user, used)))
    kinds = {c.resource.name: c.kind for c in compare(sides[0], sides[1], "x").changes}
    assert kinds == {"it": Kind.REPLACE, "t": Kind.UPDATE}


def test_every_refusal_says_why_and_every_type_has_rules() -> None:
    for token, rules in RULES.items():
        assert rules, token
        for rule in rules:
            assert (rule.outcome.value == "refused") is bool(rule.why), (token, rule.path)


def test_a_type_without_rules_is_left_to_the_facts() -> None:
    (difference,) = Differ().differences({"a": 1}, {"a": 2})
    assert judge("aws:sqs/queue:Queue", difference, {"a": 1}, {"a": 2}) is None
