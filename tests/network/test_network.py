import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any, cast

import pulumi
import pulumi_aws as aws
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.network.args import NetworkArgs
from groundplan.network.choices import NatGateways
from groundplan.network.network import Network
from groundplan.testing import Plan, deploy, policy

ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
DEFAULT_SECURITY_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
EIP = "aws:ec2/eip:Eip"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
KEY = "aws:kms/key:Key"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
NAT = "aws:ec2/natGateway:NatGateway"
NETWORK = "groundplan:index:Network"
PARAMETER = "aws:ssm/parameter:Parameter"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"
ZONES = "aws:index/getAvailabilityZones:getAvailabilityZones"


def network(**args: Any) -> Plan:
    return deploy(lambda: Network("net", cast(NetworkArgs, args)))


def full() -> Network:
    return Network(
        "net",
        {
            "cidr_block": "100.64.0.0/20",
            "availability_zones": ["us-east-1f", "us-east-1a", "us-east-1b", "us-east-1d"],
            "nat_gateways": NatGateways.SINGLE,
            "interface_endpoints": ["bedrock-runtime"],
            "flow_logs": {
                "retention_days": 365,
                "kms_key_arn": "arn:aws:kms:us-east-1:111122223333:key/k",
            },
            "deletion_protection": False,
            "tags": {"team": "ml"},
        },
    )


def problems(build: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(InvalidArguments) as caught:
        deploy(build)
    assert not [r for r in caught.value.manifest if r.custom]  # type: ignore[attr-defined]
    return {problem.key: str(problem) for problem in caught.value.problems}


def wrong(**args: Any) -> dict[str, str]:
    return problems(lambda: Network("net", cast(NetworkArgs, args)))


def test_a_network_without_arguments_is_a_vpc_with_dns() -> None:
    plan = network()

    vpc = plan.one(VPC, "net-vpc")
    assert vpc.inputs == {
        "cidrBlock": "10.0.0.0/16",
        "enableDnsSupport": True,
        "enableDnsHostnames": True,
        "tags": {"groundplan:component": "net", "Name": "net-vpc"},
    }
    assert plan.one(NETWORK, "net").outputs == {
        "vpcId": "${net-vpc.id}",
        "privateSubnetIds": [f"${{net-private-{i}.id}}" for i in (1, 2, 3)],
        "publicSubnetIds": [f"${{net-public-{i}.id}}" for i in (1, 2, 3)],
        "zones": ["us-east-1a", "us-east-1b", "us-east-1c"],
        "natGatewayIds": [f"${{net-nat-{i}.id}}" for i in (1, 2, 3)],
    }


def test_every_child_has_the_network_as_parent_and_its_name_as_prefix() -> None:
    plan = network()

    component, key = plan.one(NETWORK), plan.one("groundplan:index:EncryptionKey")
    for child in plan.manifest:
        if child != component:
            assert plan.parent(child) in (component, key)
            assert child.name.startswith("net-")


def test_only_the_vpc_and_resources_that_hold_data_are_protected() -> None:
    plan = network()

    protected = {r.name: r.option("retainOnDelete") for r in plan.manifest if r.option("protect")}
    assert protected == {"net-vpc": None, "net-flow-log-group": True, "net-flow-logs-key": True}


def test_private_subnets_are_large_and_public_ones_assign_no_public_addresses() -> None:
    plan = network()

    private, public = plan.one(SUBNET, "net-private-2"), plan.one(SUBNET, "net-public-2")
    assert private.inputs == {
        "vpcId": "${net-vpc.id}",
        "cidrBlock": "10.0.64.0/18",
        "availabilityZone": "us-east-1b",
        "mapPublicIpOnLaunch": False,
        "tags": {
            "groundplan:component": "net",
            "Name": "net-private-2",
            "kubernetes.io/role/internal-elb": "1",
        },
    }
    assert public.inputs == {
        "vpcId": "${net-vpc.id}",
        "cidrBlock": "10.0.208.0/20",
        "availabilityZone": "us-east-1b",
        "mapPublicIpOnLaunch": False,
        "tags": {
            "groundplan:component": "net",
            "Name": "net-public-2",
            "kubernetes.io/role/elb": "1",
        },
    }
    assert set(plan.all(SUBNET)) == {
        f"net-{kind}-{i}" for kind in ("private", "public") for i in (1, 2, 3)
    }


def test_zones_are_the_first_of_the_region_by_name_that_eks_supports() -> None:
    shuffled = {
        ZONES: {"names": ["x-1d", "x-1b", "x-1c"], "zoneIds": [], "groupNames": [], "id": "x"}
    }
    plan = deploy(lambda: Network("net", {"zone_count": 2}), answers=shuffled)

    assert plan.one(NETWORK).outputs["zones"] == ["x-1b", "x-1c"]
    (lookup,) = [invoke for invoke in plan.manifest.invokes if invoke.token == ZONES]
    assert lookup.arguments == {
        "state": "available",
        "excludeZoneIds": ["use1-az3", "usw1-az2", "cac1-az3"],
        "filters": [{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
    }


def test_zones_that_are_looked_up_never_replace_subnets() -> None:
    looked_up, named = network(), network(availability_zones=["us-east-1b"])

    assert {s.option("ignoreChanges")[0] for s in looked_up.all(SUBNET).values()} == {
        "availabilityZone"
    }
    assert {s.option("ignoreChanges") for s in named.all(SUBNET).values()} == {None}


def test_a_region_with_too_few_zones_is_a_problem_of_zone_count() -> None:
    found = {
        ZONES: {
            "names": ["us-west-1a", "us-west-1c"],
            "zoneIds": [],
            "groupNames": [],
            "id": "us-west-1",
        }
    }

    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: Network("net"), answers=found)
    assert "zone_count is 3. Allowed: at most 2" in str(caught.value)


def test_each_private_subnet_routes_through_the_nat_gateway_of_its_zone() -> None:
    plan = network()

    assert set(plan.all(NAT)) == {"net-nat-1", "net-nat-2", "net-nat-3"}
    nat = plan.one(NAT, "net-nat-2")
    assert nat.inputs["subnetId"] == "${net-public-2.id}"
    assert nat.inputs["allocationId"] == "${net-nat-2-address.id}"
    assert nat.option("deleteBeforeReplace") is True  # its address is taken until then
    assert plan.one(EIP, "net-nat-2-address").inputs["domain"] == "vpc"
    assert "net-internet-gateway" in plan.dependencies(nat) & plan.dependencies(
        plan.one(EIP, "net-nat-2-address")
    )
    for i in (1, 2, 3):
        assert plan.one(ROUTE, f"net-private-{i}-internet-route").inputs == {
            "routeTableId": f"${{net-private-{i}-routes.id}}",
            "destinationCidrBlock": "0.0.0.0/0",
            "natGatewayId": f"${{net-nat-{i}.id}}",
        }
        assert plan.one(ASSOCIATION, f"net-private-{i}-association").inputs == {
            "routeTableId": f"${{net-private-{i}-routes.id}}",
            "subnetId": f"${{net-private-{i}.id}}",
        }


def test_public_subnets_share_the_route_to_the_internet_gateway() -> None:
    plan = network()

    assert plan.one(GATEWAY, "net-internet-gateway").inputs["vpcId"] == "${net-vpc.id}"
    assert plan.one(ROUTE, "net-public-internet-route").inputs == {
        "routeTableId": "${net-public-routes.id}",
        "destinationCidrBlock": "0.0.0.0/0",
        "gatewayId": "${net-internet-gateway.id}",
    }
    shared = {
        a.inputs["subnetId"]
        for a in plan.all(ASSOCIATION).values()
        if "public" in a.inputs["routeTableId"]
    }
    assert shared == {f"${{net-public-{i}.id}}" for i in (1, 2, 3)}
    assert {table.inputs["vpcId"] for table in plan.all(ROUTE_TABLE).values()} == {"${net-vpc.id}"}


def test_a_single_gateway_serves_all_zones() -> None:
    plan = network(nat_gateways="single")

    assert set(plan.all(NAT)) == {"net-nat-1"}
    assert set(plan.all(EIP)) == {"net-nat-1-address"}
    routes = {
        r.inputs["natGatewayId"] for r in plan.all(ROUTE).values() if "natGatewayId" in r.inputs
    }
    assert (routes, len(plan.all(ROUTE))) == ({"${net-nat-1.id}"}, 4)


def test_without_nat_gateways_only_public_subnets_have_a_route_to_the_internet() -> None:
    plan = network(nat_gateways="none")

    assert not plan.all(NAT)
    assert not plan.all(EIP)
    assert set(plan.all(ROUTE)) == {"net-public-internet-route"}
    assert plan.one(NETWORK).outputs["natGatewayIds"] == []
    assert set(plan.one(ENDPOINT, "net-endpoint-s3").inputs["routeTableIds"]) == {
        f"${{net-private-{i}-routes.id}}" for i in (1, 2, 3)
    }


def test_the_default_security_group_allows_no_traffic() -> None:
    group = network().one(DEFAULT_SECURITY_GROUP, "net-default-security-group")

    assert (group.inputs["vpcId"], group.inputs["ingress"], group.inputs["egress"]) == (
        "${net-vpc.id}",
        [],
        [],
    )


def test_aws_services_are_reached_inside_the_vpc() -> None:
    plan = deploy(lambda: Network("net"), region="eu-west-1")

    services = ("s3", "ecr.api", "ecr.dkr", "sts", "logs", "sagemaker.api", "sagemaker.runtime")
    assert {e.inputs["serviceName"] for e in plan.all(ENDPOINT).values()} == {
        f"com.amazonaws.eu-west-1.{service}" for service in services
    }
    assert plan.one(ENDPOINT, "net-endpoint-s3").inputs == {
        "vpcId": "${net-vpc.id}",
        "serviceName": "com.amazonaws.eu-west-1.s3",
        "vpcEndpointType": "Gateway",
        "routeTableIds": [f"${{net-private-{i}-routes.id}}" for i in (1, 2, 3)],
        "tags": {"groundplan:component": "net", "Name": "net-endpoint-s3"},
    }
    assert plan.one(ENDPOINT, "net-endpoint-ecr-api").inputs == {
        "vpcId": "${net-vpc.id}",
        "serviceName": "com.amazonaws.eu-west-1.ecr.api",
        "vpcEndpointType": "Interface",
        "privateDnsEnabled": True,
        "subnetIds": [f"${{net-private-{i}.id}}" for i in (1, 2, 3)],
        "securityGroupIds": ["${net-endpoints.id}"],
        "tags": {"groundplan:component": "net", "Name": "net-endpoint-ecr-api"},
    }


def test_interface_endpoints_allow_https_from_the_vpc_and_no_egress() -> None:
    plan = network(cidr_block="10.7.0.0/16")

    group, rule = (
        plan.one(SECURITY_GROUP, "net-endpoints"),
        plan.one(INGRESS, "net-endpoints-https"),
    )
    assert not {"ingress", "egress"} & set(group.inputs)
    assert {
        k: rule.inputs[k]
        for k in ("ipProtocol", "fromPort", "toPort", "cidrIpv4", "securityGroupId")
    } == {
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrIpv4": "10.7.0.0/16",
        "securityGroupId": "${net-endpoints.id}",
    }
    assert not plan.all("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")


def test_without_interface_endpoints_there_is_no_security_group_for_them() -> None:
    plan = network(interface_endpoints=[])

    assert set(plan.all(ENDPOINT)) == {"net-endpoint-s3"}
    assert not plan.all(SECURITY_GROUP)
    assert not plan.all(INGRESS)


def test_all_traffic_is_logged_with_a_key_that_cloudwatch_logs_may_use() -> None:
    plan = network()

    log = plan.one(FLOW_LOG, "net-flow-log")
    assert log.inputs == {
        "vpcId": "${net-vpc.id}",
        "trafficType": "ALL",
        "logDestinationType": "cloud-watch-logs",
        "logDestination": "${net-flow-log-group.arn}",
        "iamRoleArn": "${net-flow-log-role.arn}",
        "tags": {"groundplan:component": "net", "Name": "net-flow-logs"},
    }
    assert "net-flow-log-policy" in plan.dependencies(log)
    group = plan.one(LOG_GROUP, "net-flow-log-group")
    assert (group.inputs["retentionInDays"], group.inputs["kmsKeyId"]) == (
        90,
        "${net-flow-logs-key.arn}",
    )
    assert "UseLogs" in policy(plan.one(KEY, "net-flow-logs-key").inputs["policy"])


def test_the_flow_logs_role_writes_to_its_log_group_only_and_for_this_account_only() -> None:
    plan = network()

    (trust,) = json.loads(plan.one(ROLE, "net-flow-log-role").inputs["assumeRolePolicy"])[
        "Statement"
    ]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "${aws.accountId}"}}
    granted = plan.one(ROLE_POLICY, "net-flow-log-policy")
    assert granted.inputs["role"] == "${net-flow-log-role.name}"
    assert policy(granted.inputs["policy"]) == {
        "WriteFlowLogs": {
            "Sid": "WriteFlowLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            "Resource": ["${net-flow-log-group.arn}", "${net-flow-log-group.arn}:*"],
        }
    }


def test_flow_logs_can_be_disabled() -> None:
    plan = network(flow_logs={"enabled": False})

    assert not [r for r in plan.manifest if r.type in (FLOW_LOG, LOG_GROUP, ROLE, ROLE_POLICY, KEY)]


def test_arguments_configure_the_children() -> None:
    plan = deploy(full)

    assert plan.one(NETWORK).outputs["zones"] == [
        "us-east-1f",
        "us-east-1a",
        "us-east-1b",
        "us-east-1d",
    ]
    assert plan.one(VPC).inputs["cidrBlock"] == "100.64.0.0/20"
    assert plan.one(SUBNET, "net-private-1").inputs["cidrBlock"] == "100.64.0.0/23"
    assert plan.one(SUBNET, "net-private-1").inputs["availabilityZone"] == "us-east-1f"
    assert plan.one(SUBNET, "net-public-4").inputs["cidrBlock"] == "100.64.14.192/26"
    assert set(plan.all(ENDPOINT)) == {"net-endpoint-s3", "net-endpoint-bedrock-runtime"}
    group = plan.one(LOG_GROUP)
    assert group.inputs["retentionInDays"] == 365
    assert group.inputs["kmsKeyId"] == "arn:aws:kms:us-east-1:111122223333:key/k"
    assert not plan.all(KEY)
    assert not [r.name for r in plan.manifest if r.option("protect") or r.option("retainOnDelete")]
    assert not [invoke for invoke in plan.manifest.invokes if invoke.token == ZONES]


def test_without_deletion_protection_nothing_is_protected_or_retained() -> None:
    plan = network(deletion_protection=False)

    assert not [r.name for r in plan.manifest if r.option("protect") or r.option("retainOnDelete")]


def test_tags_reach_every_child_that_can_carry_them() -> None:
    plan = network(tags={"team": "ml"})

    untagged = {
        r.type for r in plan.manifest if r.custom and r.inputs.get("tags", {}).get("team") != "ml"
    }
    assert untagged == {ROUTE, ASSOCIATION, ROLE_POLICY, "aws:kms/alias:Alias"}


def test_resources_in_a_subnet_depend_on_its_routes_and_endpoints() -> None:
    def program() -> None:
        network = Network("net", {"zone_count": 2})
        for kind, ids in (
            ("private", network.private_subnet_ids),
            ("public", network.public_subnet_ids),
        ):
            aws.ssm.Parameter(kind, type="StringList", value=pulumi.Output.json_dumps(ids))

    plan = deploy(program)
    private, public = (
        plan.dependencies(plan.one(PARAMETER, kind)) for kind in ("private", "public")
    )
    assert private >= {
        "net-private-1-internet-route",
        "net-private-2-association",
        "net-endpoint-s3",
        "net-endpoint-sts",
        "net-endpoints-https",
    }
    assert public >= {"net-public-internet-route", "net-public-1-association"}
    assert not public & {"net-private-1-internet-route", "net-endpoint-sts"}


def test_children_are_public() -> None:
    networks: list[Network] = []
    deploy(lambda: networks.append(full()))

    (one,) = networks
    assert None not in (
        one.vpc,
        one.internet_gateway,
        one.public_route_table,
        one.default_security_group,
    )
    counts = [
        one.private_subnets,
        one.public_subnets,
        one.private_route_tables,
        one.nat_gateways,
        one.nat_addresses,
    ]
    assert [len(children) for children in counts] == [4, 4, 4, 1, 1]
    assert set(one.endpoints) == {"s3", "bedrock-runtime"}
    assert None not in (one.endpoint_security_group, one.flow_log, one.flow_log_role, one.log_group)
    assert one.flow_log_key is None


def test_an_existing_vpc_is_used_and_nothing_is_created() -> None:
    networks: list[Network] = []
    existing: Any = {
        "vpc_id": "vpc-1",
        "private_subnet_ids": ["subnet-1", "subnet-2"],
        "public_subnet_ids": ["subnet-3"],
    }
    plan = deploy(
        lambda: networks.append(
            Network("net", {"existing": existing, "tags": {"a": "b"}, "deletion_protection": True})
        )
    )

    assert [r.name for r in plan.manifest] == ["net"]
    assert not plan.manifest.invokes
    assert plan.one(NETWORK).outputs == {
        "vpcId": "vpc-1",
        "privateSubnetIds": ["subnet-1", "subnet-2"],
        "publicSubnetIds": ["subnet-3"],
        "zones": [],
        "natGatewayIds": [],
    }
    assert (
        networks[0].vpc,
        networks[0].flow_log,
        networks[0].log_group,
        networks[0].endpoint_security_group,
    ) == (None,) * 4
    assert (
        list(networks[0].nat_gateways),
        list(networks[0].private_subnets),
        dict(networks[0].endpoints),
    ) == (
        [],
        [],
        {},
    )


def test_an_existing_vpc_can_be_of_the_same_program() -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("theirs", cidr_block="10.0.0.0/16")
        subnet = aws.ec2.Subnet("theirs", vpc_id=vpc.id, cidr_block="10.0.0.0/24")
        Network("net", {"existing": {"vpc_id": vpc.id, "private_subnet_ids": [subnet.id]}})

    outputs = deploy(program).one(NETWORK).outputs
    assert (outputs["vpcId"], outputs["privateSubnetIds"]) == ("${theirs.id}", ["${theirs.id}"])


def test_an_existing_vpc_excludes_other_arguments() -> None:
    existing = {
        "vpc_id": "main",
        "private_subnet_ids": [],
        "public_subnet_ids": ["arn:aws:ec2:subnet/1"],
    }
    found = wrong(existing=existing, cidr_block="10.0.0.0/16", nat_gateways="single", tags={})

    assert set(found) == {
        "cidr_block",
        "nat_gateways",
        "existing.vpc_id",
        "existing.private_subnet_ids",
        "existing.public_subnet_ids[0]",
    }
    assert found["cidr_block"] == (
        'cidr_block is "10.0.0.0/16". Allowed: nothing with existing but tags and '
        "deletion_protection: an existing network is not changed. "
        "Fix: remove cidr_block, or existing."
    )


def test_all_problems_are_reported_at_once() -> None:
    found = wrong(
        cidr_block="10.0.0.0/25",
        availability_zones=["us-east-1a", "us-east-1a", "use1-az1", "us-west-2-lax-1a"],
        nat_gateways="one",
        interface_endpoints=["s3", "sts", "sts", "com.amazonaws.us-east-1.sqs", "ECR API"],
        flow_logs={"retention_days": 31, "retention": 30},
        subnets=3,
    )

    assert set(found) == {
        "cidr_block",
        "availability_zones[1]",
        "availability_zones[2]",
        "availability_zones[3]",
        "nat_gateways",
        "interface_endpoints[0]",
        "interface_endpoints[2]",
        "interface_endpoints[3]",
        "interface_endpoints[4]",
        "flow_logs.retention_days",
        "flow_logs.retention",
        "subnets",
    }
    assert "use /22 or larger" in found["cidr_block"]
    assert "leave out com.amazonaws.<region>." in found["interface_endpoints[3]"]
    assert "use 60" in found["flow_logs.retention_days"]


@pytest.mark.parametrize("zones", [[], [f"us-east-1{letter}" for letter in "abcdefg"]])
def test_zones_are_one_to_six(zones: list[str]) -> None:
    assert set(wrong(availability_zones=zones)) == {"availability_zones"}
    assert set(wrong(zone_count=len(zones))) == {"zone_count"}


def test_private_subnets_without_nat_gateways_and_interface_endpoints_are_refused() -> None:
    found = wrong(nat_gateways="none", interface_endpoints=[])

    assert set(found) == {"nat_gateways"}
    assert "ecr.api, ecr.dkr, sts, logs, sagemaker.api, sagemaker.runtime" in found["nat_gateways"]


def test_availability_zones_override_zone_count() -> None:
    plan = network(zone_count=3, availability_zones=["us-east-1b", "us-east-1c"])

    assert plan.one(NETWORK).outputs["zones"] == ["us-east-1b", "us-east-1c"]
    assert len(plan.all(SUBNET)) == 4


@pytest.mark.parametrize(
    ("service", "fix"),
    [
        ("ecr-api", "did you mean ecr.api"),
        ("ecr", "did you mean ecr.api"),
        ("lgos", "did you mean logs"),
        ("sagemaker-runtime", "did you mean sagemaker.runtime"),
        ("cloudwatch", "a service that has an interface endpoint"),
    ],
)
def test_a_service_without_an_interface_endpoint_is_refused(service: str, fix: str) -> None:
    found = wrong(interface_endpoints=["sts", service])

    assert set(found) == {"interface_endpoints[1]"}
    assert fix in found["interface_endpoints[1]"]


def test_a_fips_endpoint_is_accepted() -> None:
    plan = network(interface_endpoints=["kms-fips"])

    assert set(plan.all(ENDPOINT)) == {"net-endpoint-s3", "net-endpoint-kms-fips"}


@pytest.mark.parametrize("subnet", ["subnet-", "subnet-a, subnet-b", "private", "subnet-0A", ""])
def test_a_subnet_id_that_is_no_id_is_refused(subnet: str) -> None:
    found = wrong(existing={"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1", subnet]})

    assert set(found) == {"existing.private_subnet_ids[1]"}


def test_a_subnet_is_listed_once() -> None:
    found = wrong(existing={"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1", "subnet-1"]})

    assert "each subnet once" in found["existing.private_subnet_ids[1]"]


@pytest.mark.parametrize("count", [-1, 0, 7])
def test_zone_count_is_one_to_six(count: int) -> None:
    assert "from 1 to 6" in wrong(zone_count=count)["zone_count"]


@pytest.mark.parametrize("days", [-1, 0])
def test_flow_logs_are_retained_for_a_period_of_cloudwatch_logs(days: int) -> None:
    assert set(wrong(flow_logs={"retention_days": days})) == {"flow_logs.retention_days"}


def test_validation_imports_no_provider() -> None:
    program = (
        "import sys, groundplan.network.validation as v; "
        "sys.exit('pulumi_aws' in sys.modules or 'pulumi_kubernetes' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
