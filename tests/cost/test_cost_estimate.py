from collections.abc import Mapping
from typing import Any, cast

import pytest
from groundplan.cost.assumptions import Assumptions
from groundplan.cost.estimate import ESTIMATORS, Estimate, Item, estimate
from groundplan.cost.estimation import Estimator
from groundplan.manifest.model import Manifest, Resource

TYPES = {
    "addon": "aws:eks/addon:Addon",
    "alarm": "aws:cloudwatch/metricAlarm:MetricAlarm",
    "composite": "aws:cloudwatch/compositeAlarm:CompositeAlarm",
    "bucket": "aws:s3/bucket:Bucket",
    "cluster": "aws:eks/cluster:Cluster",
    "configuration": "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
    "dashboard": "aws:cloudwatch/dashboard:Dashboard",
    "eip": "aws:ec2/eip:Eip",
    "endpoint": "aws:sagemaker/endpoint:Endpoint",
    "flow log": "aws:ec2/flowLog:FlowLog",
    "function": "aws:lambda/function:Function",
    "instance": "aws:ec2/instance:Instance",
    "key": "aws:kms/key:Key",
    "lifecycle": "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "load balancer": "aws:lb/loadBalancer:LoadBalancer",
    "log group": "aws:cloudwatch/logGroup:LogGroup",
    "nat": "aws:ec2/natGateway:NatGateway",
    "nodes": "aws:eks/nodeGroup:NodeGroup",
    "notebook": "aws:sagemaker/notebookInstance:NotebookInstance",
    "policy": "aws:appautoscaling/policy:Policy",
    "prometheus": "aws:amp/workspace:Workspace",
    "release": "kubernetes:helm.sh/v3:Release",
    "scaling group": "aws:autoscaling/group:Group",
    "service": "kubernetes:core/v1:Service",
    "stateful set": "kubernetes:apps/v1:StatefulSet",
    "subscription": "aws:sns/topicSubscription:TopicSubscription",
    "target": "aws:appautoscaling/target:Target",
    "template": "aws:ec2/launchTemplate:LaunchTemplate",
    "topic": "aws:sns/topic:Topic",
    "volume": "aws:ebs/volume:Volume",
    "vpc endpoint": "aws:ec2/vpcEndpoint:VpcEndpoint",
}


def urn(name: str) -> str:
    return f"urn:pulumi:dev::shop::{name}"


def resource(
    name: str,
    kind: str,
    inputs: Mapping[str, Any] | None = None,
    refers: Mapping[str, str] | None = None,
    parent: str = "",
) -> Resource:
    """A resource whose input `path` comes from the resource `refers[path]`."""
    return Resource(
        urn(name),
        TYPES.get(kind, kind),
        name,
        urn(parent) if parent else None,
        ":" in TYPES.get(kind, kind) and not kind.startswith("groundplan:"),
        inputs or {},
        property_dependencies={path: (urn(target),) for path, target in (refers or {}).items()},
    )


def plan(*resources: Resource) -> Manifest:
    return Manifest("shop", "dev", tuple(resources))


def cost_of(*resources: Resource, assumptions: Assumptions | None = None) -> Estimate:
    return estimate(plan(*resources), assumptions)


def only(*resources: Resource, assumptions: Assumptions | None = None) -> Item:
    found = cost_of(*resources, assumptions=assumptions)
    assert not found.unknown
    (item,) = found.items
    return item


def figures(item: Item) -> tuple[float, float, float]:
    return round(item.low, 4), round(item.expected, 4), round(item.high, 4)


def test_a_small_environment_costs_what_the_price_list_says() -> None:
    found = cost_of(
        resource("net", "groundplan:index:Network"),
        resource("net-nat", "nat", parent="net"),
        resource("net-address", "eip", parent="net"),
        resource(
            "gpu-template",
            "template",
            {"blockDeviceMappings": [{"ebs": {"volumeSize": 100, "volumeType": "gp3"}}]},
        ),
        resource(
            "gpu",
            "nodes",
            {
                "instanceTypes": ["g5.xlarge"],
                "launchTemplate": {"id": "${gpu-template.id}"},
                "scalingConfig": {"minSize": 0, "desiredSize": 1, "maxSize": 4},
            },
            {"launchTemplate": "gpu-template"},
        ),
        resource("board", "dashboard"),
    )

    assert [(item.name, item.component, figures(item)) for item in found.items] == [
        ("gpu", "gpu", (0, 742.38, 2969.52)),  # 730 h x 1.006 + 100 GB x 0.08, none to four times
        ("net-nat", "net", (37.35, 37.35, 37.35)),  # 730 h x 0.045 + 100 GB x 0.045
        ("net-address", "net", (3.65, 3.65, 3.65)),  # 730 h x 0.005
        ("board", "board", (3, 3, 3)),
    ]
    assert (round(found.low, 2), round(found.expected, 2), round(found.high, 2)) == (
        44.00,
        786.38,
        3013.52,
    )
    assert found.unknown == ()
    assert found.free == (urn("gpu-template"),)
    assert (
        found.items[0].basis == "1 (0 to 4) x g5.xlarge, on demand, 730 h; 1 (0 to 4) x 100 GB gp3"
    )
    assert found.assumptions == {
        "hours": "730 a month, always on",
        "left out": "taxes, discounts, free tiers, and traffic between zones and to the internet",
        "nat traffic": "100 GB a month and gateway",
        ("node groups"): (
            "at their desired size, so a pool at zero costs nothing until it scales; the range "
            "is what it may"
        ),
        "operating system": "Linux",
        "region": "list prices of us-east-1; the plan doesn't name its region",
        "working hours": "176 a month: 8 on each of 22 days",
        "working nodes": "1 more in each pool that can scale",
    }
    assert (
        found.source
        == "AWS list prices, us-east-1, of 2024-07-01 to 2026-10-07 (groundplan/facts/prices)"
    )


def test_an_empty_plan_costs_and_assumes_nothing() -> None:
    assert cost_of() == Estimate(())


def test_a_type_without_a_price_is_named_and_not_counted() -> None:
    found = cost_of(
        resource("scratch", "aws:fsx/ontapFileSystem:OntapFileSystem"),
        resource("vm", "gcp:compute/instance:Instance"),
    )
    assert found.unknown == (
        "scratch (aws:fsx/ontapFileSystem:OntapFileSystem): no price",
        "vm (gcp:compute/instance:Instance): no price",
    )
    assert (found.items, found.free, found.expected) == ((), (), 0)


def test_an_older_spelling_of_a_type_is_the_same_type() -> None:
    assert (
        only(resource("b", "aws:s3/bucketV2:BucketV2")).expected
        == only(resource("b", "bucket")).expected
        > 0
    )


# --- compute


def nodes(**inputs: Any) -> Resource:
    return resource(
        "pool",
        "nodes",
        {"instanceTypes": ["m7i.large"], "scalingConfig": {"minSize": 1, "maxSize": 3}, **inputs},
    )


def test_a_node_group_without_a_desired_size_is_expected_at_its_least() -> None:
    # 730 h x 0.1008 + 20 GB x 0.08
    assert figures(only(nodes())) == (75.184, 75.184, 225.552)


def test_a_node_group_of_several_types_ranges_from_the_cheapest_to_the_dearest() -> None:
    item = only(nodes(instanceTypes=["m7i.xlarge", "m7i.large", "m7i.2xlarge"], diskSize="10"))
    assert figures(item) == (74.384, 147.968, 885.408)


def test_spot_is_a_range_from_a_tenth_of_the_on_demand_price_to_all_of_it() -> None:
    found = cost_of(nodes(capacityType="SPOT"))
    # 730 h x 0.1008 x (0.1, 0.55, 3 nodes at 1) + 20 GB x 0.08 a node
    assert figures(found.items[0]) == (8.9584, 42.0712, 225.552)
    assert "x m7i.large, spot" in found.items[0].basis
    assert found.assumptions["spot"].startswith("a price between a tenth of the on-demand price")


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"instanceTypes": ["m7i.lrge"]}, "no price for m7i.lrge"),
        ({"instanceTypes": ["${unknown until x}"]}, "its instance type isn't known"),
        ({"capacityType": "CAPACITY_BLOCK"}, "capacity blocks are paid when they are booked"),
        ({"amiType": "WINDOWS_CORE_2022_x86_64"}, "no price for nodes with Windows"),
        (
            {"launchTemplate": {"id": "lt-1"}},
            "its launch template, and so its disks, are not in the plan",
        ),
        ({"scalingConfig": "[secret]"}, "its size isn't known"),
    ],
)
def test_what_is_not_known_of_a_node_group_is_named(inputs: Mapping[str, Any], reason: str) -> None:
    found = cost_of(nodes(**inputs))
    assert found.unknown == (f"pool (aws:eks/nodeGroup:NodeGroup): {reason}",)
    assert found.expected < only(nodes()).expected


def test_a_desired_size_outside_of_the_range_widens_the_range() -> None:
    item = only(nodes(scalingConfig={"minSize": 2, "desiredSize": 0, "maxSize": 1}))
    assert figures(item) == (0, 0, 75.184)


def test_a_cluster_that_may_enter_extended_support_can_cost_six_times_as_much() -> None:
    assert figures(only(resource("c", "cluster"))) == (73, 73, 438)
    assert figures(
        only(resource("c", "cluster", {"upgradePolicy": {"supportType": "STANDARD"}}))
    ) == (73, 73, 73)


def test_what_eks_adds_in_auto_mode_is_unknown_beside_the_control_plane() -> None:
    found = cost_of(resource("c", "cluster", {"computeConfig": {"enabled": True}}))
    assert [item.expected for item in found.items] == [73]
    assert len(found.unknown) == 1
    assert "EKS Auto Mode" in found.unknown[0]


def test_addons_of_others_have_no_price_and_those_of_aws_are_free() -> None:
    found = cost_of(
        resource("dns", "addon", {"addonName": "coredns"}),
        resource("k", "addon", {"addonName": "kubecost_kubecost"}),
    )
    assert found.free == (urn("dns"),)
    assert found.unknown == (
        "k (aws:eks/addon:Addon): no price for kubecost_kubecost, which other vendors sell",
    )


def test_an_instance_costs_its_hours_its_disks_and_its_address() -> None:
    item = only(
        resource(
            "vm",
            "instance",
            {
                "instanceType": "t3.medium",
                "rootBlockDevice": {
                    "volumeSize": 50,
                    "volumeType": "gp3",
                    "iops": 4000,
                    "throughput": 225,
                },
                "ebsBlockDevices": [{"volumeSize": 10, "volumeType": "io2", "iops": 100}],
                "associatePublicIpAddress": True,
            },
        )
    )
    # hours, gp3 size, IOPS over 3000, MiB/s over 125, io2 size, io2 IOPS, address
    assert item.expected == pytest.approx(730 * 0.0416 + 4 + 5 + 4 + 1.25 + 6.5 + 3.65)


def test_a_root_volume_of_unsaid_size_is_an_assumption() -> None:
    vm = resource("vm", "instance", {"instanceType": "t3.medium"})
    found = cost_of(vm)
    assert found.assumptions["root volumes"] == "8 GB where the plan doesn't say"
    more = cost_of(vm, assumptions=Assumptions(root_volume_gb=108))
    assert more.expected - found.expected == pytest.approx(100 * 0.10)


def test_dedicated_hardware_has_no_price() -> None:
    found = cost_of(
        resource("vm", "instance", {"instanceType": "t3.medium", "tenancy": "dedicated"})
    )
    assert found.unknown == ("vm (aws:ec2/instance:Instance): no price for dedicated hardware",)


def test_a_scaling_group_takes_its_instances_from_its_template() -> None:
    template = resource("t", "template", {"instanceType": "m7i.large"})
    sizes = {"minSize": 0, "desiredCapacity": 1, "maxSize": 2, "launchTemplate": {"id": "${t.id}"}}
    group = resource("g", "scaling group", sizes, {"launchTemplate": "t"})
    assert figures(only(template, group)) == (0, 74.224, 148.448)
    assert cost_of(group).items == ()
    assert len(cost_of(group).unknown) == 1


def test_a_function_costs_calls_and_memory_for_their_time() -> None:
    small = only(resource("f", "function", {"memorySize": 1024, "architectures": ["arm64"]}))
    assert small.expected == pytest.approx(0.02 + 50_000 * 0.0000133334)


def test_a_volume_without_a_size_is_unknown() -> None:
    assert only(resource("v", "volume", {"size": "100", "type": "gp3"})).expected == 8
    assert cost_of(resource("v", "volume", {"snapshotId": "s"})).unknown == (
        "v (aws:ebs/volume:Volume): a disk whose size isn't known",
    )


@pytest.mark.parametrize("size", [True, -1, "many", float("inf")])
def test_a_size_that_is_not_an_amount_is_unknown(size: Any) -> None:
    assert len(cost_of(resource("v", "volume", {"size": size, "type": "gp3"})).unknown) == 1


def test_a_type_whose_estimator_returns_no_charges_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(
        cast(dict[str, Estimator], ESTIMATORS), "ebs-volume", lambda _resource, _ctx: []
    )
    assert cost_of(resource("v", "volume")).unknown == (
        "v (aws:ebs/volume:Volume): how it is charged isn't known",
    )


# --- serving

VARIANT = {"variantName": "primary", "instanceType": "ml.m5.large", "initialInstanceCount": 2}
CONFIGURATION = resource("cfg", "configuration", {"productionVariants": [VARIANT]})
ENDPOINT = resource(
    "api",
    "endpoint",
    {"name": "shop-api", "endpointConfigName": "${cfg.name}"},
    {"endpointConfigName": "cfg"},
)
ML_M5_LARGE = 730 * 0.115


def target(
    resource_id: str, least: Any = 1, most: Any = 5, refers: Mapping[str, str] | None = None
) -> Resource:
    return resource(
        "scaling",
        "target",
        {"resourceId": resource_id, "minCapacity": least, "maxCapacity": most},
        refers,
    )


def test_an_endpoint_runs_the_instances_it_begins_with() -> None:
    assert figures(only(CONFIGURATION, ENDPOINT)) == (167.9, 167.9, 167.9)


@pytest.mark.parametrize(
    "scaling",
    [
        target("endpoint/shop-api/variant/primary"),
        target("endpoint/${api.name}/variant/primary"),
        target("endpoint/${unknown until y}/variant/primary", refers={"resourceId": "api"}),
        target("${unknown until y}", refers={"resourceId": "api"}),
    ],
)
def test_auto_scaling_gives_an_endpoint_its_range(scaling: Resource) -> None:
    assert figures(only(CONFIGURATION, ENDPOINT, scaling)) == (ML_M5_LARGE, 167.9, 5 * ML_M5_LARGE)


def test_scaling_of_another_endpoint_or_variant_gives_no_range() -> None:
    for other in (
        "endpoint/shop/variant/primary",
        "endpoint/shop-api/variant/canary",
        "table/shop-api",
    ):
        assert figures(only(CONFIGURATION, ENDPOINT, target(other))) == (167.9, 167.9, 167.9)


def test_an_endpoint_that_scales_to_zero_costs_nothing_at_the_least() -> None:
    item = only(CONFIGURATION, ENDPOINT, target("endpoint/shop-api/variant/primary", 0, "3"))
    assert figures(item) == (0, 167.9, round(3 * ML_M5_LARGE, 4))


def test_variants_add_up_with_their_shadows_and_volumes() -> None:
    configuration = resource(
        "cfg",
        "configuration",
        {
            "productionVariants": [
                VARIANT,
                {**VARIANT, "variantName": "b", "initialInstanceCount": 1, "volumeSizeInGb": 50},
            ],
            "shadowProductionVariants": [
                {**VARIANT, "variantName": "c", "initialInstanceCount": 1}
            ],
        },
    )
    assert only(configuration, ENDPOINT).expected == pytest.approx(4 * ML_M5_LARGE + 7)


def test_a_serverless_variant_costs_the_time_of_its_requests_by_its_memory() -> None:
    serverless = resource(
        "cfg",
        "configuration",
        {"productionVariants": [{"serverlessConfig": {"memorySizeInMb": 2048}}]},
    )
    assert figures(only(serverless, ENDPOINT)) == (2, 2, 2)  # 100,000 x 0.5 s x 2 GB x 0.00002
    twice = Assumptions.from_data({"resources": {"api": {"serverless_seconds": 1}}})
    assert only(serverless, ENDPOINT, assumptions=twice).expected == 4


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (
            {"memorySizeInMb": 2048, "provisionedConcurrency": 1},
            "no price for serverless variants with provisioned concurrency",
        ),
        ({"memorySizeInMb": "${unknown}"}, "the memory of a serverless variant isn't known"),
    ],
)
def test_a_serverless_variant_without_a_price_is_named(settings: Any, reason: str) -> None:
    serverless = resource(
        "cfg", "configuration", {"productionVariants": [{"serverlessConfig": settings}]}
    )
    assert cost_of(serverless, ENDPOINT).unknown == (
        f"api (aws:sagemaker/endpoint:Endpoint): {reason}",
    )


def test_a_missing_configuration_is_unknown() -> None:
    assert cost_of(ENDPOINT).unknown == (
        "api (aws:sagemaker/endpoint:Endpoint): its configuration is not in the plan",
    )


def test_an_instance_type_that_is_not_in_the_price_table_is_named() -> None:
    odd = resource(
        "cfg", "configuration", {"productionVariants": [{**VARIANT, "instanceType": "ml.m5.huge"}]}
    )
    assert cost_of(odd, ENDPOINT).unknown == (
        "api (aws:sagemaker/endpoint:Endpoint): no price for 2 x ml.m5.huge, 730 h",
    )


def test_an_endpoint_of_a_deployed_stack_finds_its_configuration_by_name() -> None:
    deployed = Resource(
        urn("cfg"),
        TYPES["configuration"],
        "cfg",
        None,
        True,
        CONFIGURATION.inputs,
        {"name": "cfg-1f2e"},
    )
    api = resource("api", "endpoint", {"endpointConfigName": "cfg-1f2e"})
    assert only(deployed, api).expected == pytest.approx(167.9)


def test_a_notebook_is_never_stopped_and_has_a_volume() -> None:
    assert only(
        resource("n", "notebook", {"instanceType": "ml.t3.medium"})
    ).expected == pytest.approx(36.5 + 0.7)


# --- network


def test_an_interface_endpoint_costs_for_each_zone_and_a_gateway_endpoint_nothing() -> None:
    interface = resource(
        "e", "vpc endpoint", {"vpcEndpointType": "Interface", "subnetIds": ["a", "b", "c"]}
    )
    assert only(interface).expected == pytest.approx(3 * 7.30 + 0.10)
    for gateway in ({}, {"vpcEndpointType": "Gateway"}):
        assert cost_of(resource("s3", "vpc endpoint", gateway)).free == (urn("s3"),)


def test_the_subnets_of_an_endpoint_may_not_be_known_yet() -> None:
    found = cost_of(
        resource(
            "e", "vpc endpoint", {"vpcEndpointType": "Interface", "subnetIds": "${unknown until x}"}
        )
    )
    assert found.unknown == ("e (aws:ec2/vpcEndpoint:VpcEndpoint): its subnets aren't known",)


def test_a_load_balancer_that_faces_the_internet_has_an_address_in_each_zone() -> None:
    inside = only(resource("lb", "load balancer", {"subnets": ["a", "b"], "internal": True}))
    outside = only(resource("lb", "load balancer", {"subnets": ["a", "b"]}))
    assert inside.expected == pytest.approx(730 * (0.0225 + 0.008))
    assert outside.expected - inside.expected == pytest.approx(2 * 3.65)


# --- storage


def test_a_bucket_costs_what_lies_in_it_and_requests() -> None:
    assert only(resource("b", "bucket")).expected == pytest.approx(2.3 + 0.5 + 0.4)


def test_intelligent_tiering_may_make_a_bucket_cheaper() -> None:
    rule = {"transitions": [{"days": 30, "storageClass": "INTELLIGENT_TIERING"}]}
    item = only_of(
        "b",
        resource("b", "bucket"),
        resource("l", "lifecycle", {"bucket": "${b.id}", "rules": [rule]}, {"bucket": "b"}),
    )
    assert figures(item) == (
        2.175,
        3.225,
        3.225,
    )  # 100 GB at 0.0125 or 0.023, 10,000 objects, requests


def only_of(name: str, *resources: Resource) -> Item:
    return next(item for item in cost_of(*resources).items if item.name == name)


def test_each_of_the_first_two_rotations_of_a_key_costs_as_much_as_the_key() -> None:
    rotating = resource("k", "key", {"enableKeyRotation": True})
    for rotations, usd in ((0, 1.06), (1, 2.06), (2, 3.06), (7, 3.06)):
        assert only(
            rotating, assumptions=Assumptions(key_rotations=rotations)
        ).expected == pytest.approx(usd)
    assert only(
        resource("k", "key"), assumptions=Assumptions(key_rotations=2)
    ).expected == pytest.approx(1.06)


# --- monitoring


def metric(name: str, period: int = 60) -> dict[str, Any]:
    return {"id": name, "metric": {"metricName": name, "period": period}}


@pytest.mark.parametrize(
    ("inputs", "usd"),
    [
        ({"metricName": "Errors", "period": 300}, 0.10),
        ({"metricName": "Errors", "period": 10}, 0.30),
        ({"metricQueries": [metric("a"), metric("b"), {"id": "c", "expression": "a / b"}]}, 0.20),
        (
            {
                "metricQueries": [
                    metric("a", 10),
                    metric("b", 10),
                    {"id": "c", "expression": "a / b"},
                ]
            },
            0.60,
        ),
        (
            {
                "metricQueries": [
                    metric("a"),
                    {"id": "band", "expression": "ANOMALY_DETECTION_BAND(a)"},
                ]
            },
            0.30,
        ),
    ],
)
def test_an_alarm_costs_by_the_metrics_it_looks_at(inputs: Mapping[str, Any], usd: float) -> None:
    assert only(resource("a", "alarm", inputs)).expected == pytest.approx(usd)


def test_an_alarm_on_a_query_has_no_known_price() -> None:
    query = {
        "metricQueries": [
            {"id": "q", "expression": 'SELECT AVG(CPUUtilization) FROM SCHEMA("AWS/EC2")'}
        ]
    }
    assert len(cost_of(resource("a", "alarm", query)).unknown) == 1


def test_a_composite_alarm_has_a_price_of_its_own() -> None:
    assert only(resource("a", "composite", {"alarmRule": "ALARM(x)"})).expected == 0.5


def test_target_tracking_makes_two_alarms() -> None:
    assert only(
        resource("p", "policy", {"policyType": "TargetTrackingScaling"})
    ).expected == pytest.approx(0.2)
    assert cost_of(resource("p", "policy", {"policyType": "StepScaling"})).free == (urn("p"),)


def test_logs_cost_when_they_are_written_and_while_they_are_kept() -> None:
    month = 365 / 12
    assert only(resource("l", "log group", {"retentionInDays": 365})).expected == pytest.approx(
        0.5 + 12 * 0.03
    )
    assert only(resource("l", "log group", {"retentionInDays": "14"})).expected == pytest.approx(
        0.5 + 14 / month * 0.03
    )
    assert only(resource("l", "log group")).expected == pytest.approx(0.5 + 12 * 0.03)


def test_the_log_of_a_control_plane_is_larger_than_others() -> None:
    found = cost_of(
        resource("l", "log group", {"name": "/aws/eks/shop/cluster", "retentionInDays": 365})
    )
    assert found.expected == pytest.approx(5 * (0.5 + 12 * 0.03))
    assert "control plane logs" in found.assumptions
    assert "logs" not in found.assumptions


@pytest.mark.parametrize("path", ["logDestination", "logGroupName"])
def test_the_group_of_a_flow_log_is_charged_to_the_flow_log(path: str) -> None:
    group = resource("g", "log group", {"retentionInDays": 365})
    flow = resource("f", "flow log", {path: "${g.arn}"}, {path: "g"})
    found = cost_of(group, flow)
    assert [(item.name, round(item.expected, 4)) for item in found.items] == [("f", 8.6)]
    assert found.free == (urn("g"),)


def test_a_flow_log_to_a_bucket_has_no_known_price() -> None:
    found = cost_of(
        resource("f", "flow log", {"logDestination": "arn", "logDestinationType": "s3"})
    )
    assert found.unknown == ("f (aws:ec2/flowLog:FlowLog): no price for flow logs to s3",)


def test_a_resource_can_have_a_known_and_an_unknown_part() -> None:
    found = cost_of(resource("w", "prometheus"))
    assert [round(item.expected, 2) for item in found.items] == [181.0]
    assert found.unknown == (
        "w (aws:amp/workspace:Workspace): no price for the metrics that it stores beyond 10 GB",
    )


def test_a_workspace_that_retains_few_days_stores_at_no_charge() -> None:
    workspace = resource("w", "prometheus")
    days = resource(
        "c",
        "aws:amp/workspaceConfiguration:WorkspaceConfiguration",
        {"workspaceId": "${w.id}", "retentionPeriodInDays": 15},
        {"workspaceId": "w"},
    )
    found = cost_of(workspace, days)
    assert (found.unknown, round(found.expected, 2)) == ((), 181.0)


def test_subscriptions_cost_by_what_they_deliver_with() -> None:
    topic = resource("t", "topic")

    def subscribed(protocol: str) -> Estimate:
        return cost_of(
            topic,
            resource(
                "s", "subscription", {"protocol": protocol, "topic": "${t.arn}"}, {"topic": "t"}
            ),
        )

    assert subscribed("email").expected - cost_of(topic).expected == pytest.approx(0.02)
    assert subscribed("sqs").free == (urn("s"),)
    assert subscribed("sms").unknown == (
        "s (aws:sns/topicSubscription:TopicSubscription): no price for deliveries by sms",
    )


# --- Kubernetes


def claim(size: str) -> dict[str, Any]:
    return {"volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": size}}}}}


def test_the_volumes_of_a_chart_cost_for_each_replica() -> None:
    values = {
        "prometheus": {"prometheusSpec": {"replicas": 2, "storageSpec": claim("200Gi")}},
        "alertmanager": {"alertmanagerSpec": {"storage": claim("1Gi")}},
        "grafana": {"persistence": {"enabled": True, "size": "10Gi"}},
        "cache": {"persistence": {"enabled": False, "size": "10Gi"}},
    }
    item = only(resource("mon", "release", {"chart": "kube-prometheus-stack", "values": values}))
    assert item.expected == pytest.approx(411 * 0.08)
    assert item.basis == (
        "1 x 1 GB gp3 of alertmanager.alertmanagerSpec; 1 x 10 GB gp3 of grafana; 2 x 200 GB gp3 "
        "of prometheus.prometheusSpec"
    )


def test_a_chart_that_asks_for_nothing_runs_on_the_nodes() -> None:
    assert cost_of(
        resource("r", "release", {"chart": "kueue", "values": {"replicas": 2}})
    ).free == (urn("r"),)
    assert cost_of(
        resource("r", "release", {"chart": "kueue", "values": "${unknown until x}"})
    ).free == (urn("r"),)


def test_load_balancers_that_a_cluster_makes_are_named() -> None:
    found = cost_of(
        resource("a", "service", {"spec": {"type": "LoadBalancer"}}),
        resource("b", "service", {"spec": {"type": "ClusterIP"}}),
        resource("c", "release", {"values": {"controller": {"service": {"type": "LoadBalancer"}}}}),
    )
    assert len(found.unknown) == 2
    assert found.free == (urn("b"),)


def test_a_stateful_set_claims_a_volume_for_each_replica() -> None:
    template = {"spec": {"resources": {"requests": {"storage": "0.5Ti"}}}}
    spec = {"spec": {"replicas": 3, "volumeClaimTemplates": [template]}}
    assert only(resource("db", "stateful set", spec)).expected == pytest.approx(3 * 512 * 0.08)


# --- what is assumed, and where


def test_a_quantity_can_be_set_for_all_and_for_one_and_is_listed() -> None:
    own = Assumptions(bucket_gb=1000, resources={"logs": {"bucket_gb": 1}})
    found = cost_of(resource("data", "bucket"), resource("logs", "bucket"), assumptions=own)
    assert [(item.name, round(item.expected, 3)) for item in found.items] == [
        ("data", 23.9),
        ("logs", 0.923),
    ]
    assert found.assumptions["bucket size"] == "1,000 GB and bucket (logs: 1)"


def test_a_resource_belongs_to_its_topmost_component() -> None:
    found = cost_of(
        resource("top", "groundplan:index:Outer"),
        resource("middle", "groundplan:index:Inner", parent="top"),
        resource("deep", "nat", parent="middle"),
        resource("lost", "eip", parent="gone"),
    )
    assert {item.name: item.component for item in found.items} == {"deep": "top", "lost": "lost"}


def test_parents_in_a_circle_end() -> None:
    found = cost_of(resource("a", "nat", parent="b"), resource("b", "eip", parent="a"))
    assert {item.name for item in found.items} == {"a", "b"}


@pytest.mark.parametrize(
    "value", [None, "", "[secret]", "${unknown until x}", [], {}, -1, "NaN", True]
)
@pytest.mark.parametrize("kind", TYPES)
def test_values_that_are_not_known_break_nothing_and_hide_nothing(kind: str, value: Any) -> None:
    keys = (
        "scalingConfig instanceTypes instanceType productionVariants subnetIds values size "
        "metricQueries retentionInDays"
    )
    more = (
        "launchTemplate rootBlockDevice spec rules period memorySize protocol logDestination "
        "policyType name tenancy"
    )
    found = cost_of(resource("x", kind, dict.fromkeys(f"{keys} {more}".split(), value)))
    assert len(found.items) + len(found.unknown) + len(found.free) >= 1
    assert all(0 <= item.low <= item.expected <= item.high for item in found.items)
