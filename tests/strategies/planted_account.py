"""An account with planted resources. Requests and answers are validated against AWS'
own models of its APIs, so that a field that no API has is noticed."""

import datetime
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import botocore.session  # type: ignore[import-untyped]
from botocore import xform_name
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from botocore.model import ServiceModel  # type: ignore[import-untyped]
from botocore.paginate import (  # type: ignore[import-untyped]
    Paginator,
    PaginatorModel,
)
from botocore.validate import ParamValidator  # type: ignore[import-untyped]
from groundplan.operations.utilization.account import Account
from groundplan.operations.utilization.metrics import Window
from groundplan.operations.utilization.report import Report, Sources, build
from groundplan.operations.utilization.scope import Scope

NOW = datetime.datetime(2026, 11, 28, 6, 30, tzinfo=datetime.UTC)
DAYS = 14
HOURS = DAYS * 24
OLD = NOW - datetime.timedelta(days=90)
YOUNG = NOW - datetime.timedelta(days=3)
TAGS = {"environment": "prod"}
OWN = [{"Key": "environment", "Value": "prod"}]
VPC = "vpc-00000001"
ACCOUNT = "123456789012"
MOST_POINTS = 100_800
LOADER = botocore.session.get_session().get_component("data_loader")


@cache
def service_model(service: str) -> ServiceModel:
    return ServiceModel(LOADER.load_service_model(service, "service-2"), service)


@cache
def operations(service: str) -> Mapping[str, str]:
    """Returns method -> operation."""
    return {xform_name(name): name for name in service_model(service).operation_names}


def arn(service: str, what: str) -> str:
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{what}"


@dataclass(frozen=True)
class Series:
    """A metric that is the same in each of its hours, but for the first `peaks`."""

    value: float
    hours: int = HOURS
    peaks: int = 0
    peak: float = 0.0
    until: datetime.datetime | None = None

    @cache  # noqa: B019 (a few in a run)
    def points(
        self, start: datetime.datetime, end: datetime.datetime
    ) -> tuple[list[datetime.datetime], list[float]]:
        """Returns the hours and values inside of a window."""
        last = self.until or end
        times = [last - datetime.timedelta(hours=n) for n in range(self.hours, 0, -1)]
        values = [self.peak] * self.peaks + [self.value] * (self.hours - self.peaks)
        inside = [place for place, time in enumerate(times) if start <= time < end]
        return [times[place] for place in inside], [values[place] for place in inside]


class Client:
    """A client that answers from the world."""

    def __init__(self, world: "World", service: str) -> None:
        self.world, self.service = world, service

    def __getattr__(self, method: str) -> Callable[..., Any]:
        if method not in operations(self.service):
            raise AttributeError(method)
        operation = service_model(self.service).operation_model(operations(self.service)[method])

        def call(**request: Any) -> Any:
            name = f"{self.service}:{operation.name}"
            self.world.calls[name] += 1
            _valid(operation.input_shape, request, f"request of {name}")
            if name in self.world.denied:
                error = {"Code": "AccessDenied", "Message": f"not allowed to perform {name}"}
                raise ClientError({"Error": error}, operation.name)
            answer = getattr(self.world, method)(**request)
            if self.world.checked and method != "get_metric_data":
                _valid(operation.output_shape, answer, f"answer of {name}")
            return answer

        return call

    def get_paginator(self, method: str) -> Paginator:
        name = operations(self.service)[method]
        config = LOADER.load_service_model(self.service, "paginators-1")
        model = service_model(self.service).operation_model(name)
        return Paginator(getattr(self, method), PaginatorModel(config).get_paginator(name), model)


def _valid(shape: Any, value: Any, what: str) -> None:
    if shape is not None:
        report = ParamValidator().validate(value, shape)
        assert not report.has_errors(), f"{what}: {report.generate_report()}"


@dataclass
class World:
    """What the account has."""

    endpoints: dict[str, dict[str, Any]] = field(default_factory=dict)
    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    targets: list[dict[str, Any]] = field(default_factory=list)
    activities: list[dict[str, Any]] = field(default_factory=list)
    nodegroups: dict[str, dict[str, Any]] = field(default_factory=dict)
    instances: list[dict[str, Any]] = field(default_factory=list)
    notebooks: list[dict[str, Any]] = field(default_factory=list)
    streams: dict[str, dict[str, Any]] = field(default_factory=dict)
    volumes: list[dict[str, Any]] = field(default_factory=list)
    addresses: list[dict[str, Any]] = field(default_factory=list)
    gateways: list[dict[str, Any]] = field(default_factory=list)
    file_systems: list[dict[str, Any]] = field(default_factory=list)
    log_groups: list[dict[str, Any]] = field(default_factory=list)
    subscriptions: set[str] = field(default_factory=set)
    functions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    costs: list[dict[str, Any]] = field(default_factory=list)
    series: dict[tuple[str, str, frozenset[tuple[str, str]]], Series] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    checked: bool = True
    tags: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    """ARN -> tags."""

    # A session, and what is asked of it.

    options: list[dict[str, Any]] = field(default_factory=list)
    """Of the clients."""

    def client(self, service: str, **options: Any) -> Client:
        self.options.append(options)
        return Client(self, service)

    def report(
        self,
        sources: Sources | None = None,
        days: int = DAYS,
        **scope: Any,
    ) -> Report:
        scopes: dict[str, Any] = {
            "endpoints": {name.removeprefix("ml-prod-"): name for name in self.endpoints},
            "vpc_id": VPC,
            "tags": TAGS,
            **scope,
        }
        asked = sources or Sources(cost_explorer=False)
        account = Account("us-east-1", self)
        return build(account, Scope(**scopes), days=days, now=NOW, sources=asked)

    def measure(self, namespace: str, name: str, series: Series, **dimensions: str) -> None:
        self.series[namespace, name, frozenset(dimensions.items())] = series

    # CloudWatch.

    def get_metric_data(self, **request: Any) -> dict[str, Any]:
        assert len(request["MetricDataQueries"]) <= 500
        end, start = request["EndTime"], request["StartTime"]
        first = int(request.get("NextToken", "0"))
        points, results, at = 0, [], first
        for at in range(first, len(request["MetricDataQueries"])):
            query = request["MetricDataQueries"][at]
            stat = query["MetricStat"]["Metric"]
            dimensions = frozenset((d["Name"], d["Value"]) for d in stat["Dimensions"])
            series = self.series.get((stat["Namespace"], stat["MetricName"], dimensions))
            times, values = series.points(start, end) if series else ([], [])
            if points + len(times) > MOST_POINTS:
                at -= 1
                break
            points += len(times)
            results.append({"Id": query["Id"], "Timestamps": times, "Values": values})
        left = at + 1 < len(request["MetricDataQueries"])
        return {"MetricDataResults": results} | ({"NextToken": str(at + 1)} if left else {})

    bucket_tags: list[dict[str, str]] = field(default_factory=list)

    def get_bucket_tagging(self, **_request: Any) -> dict[str, Any]:
        return {"TagSet": self.bucket_tags}

    # SageMaker and its scaling.

    def list_endpoints(self, **_request: Any) -> dict[str, Any]:
        found = [
            {k: e[k] for k in ("EndpointName", "EndpointArn", "EndpointStatus", "CreationTime",
                               "LastModifiedTime")}
            for e in self.endpoints.values()
        ]  # fmt: skip
        return {"Endpoints": found}

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:  # noqa: N803
        if EndpointName not in self.endpoints:
            error = {"Code": "ValidationException", "Message": "Could not find endpoint"}
            raise ClientError({"Error": error}, "DescribeEndpoint")
        return self.endpoints[EndpointName]

    def describe_endpoint_config(self, EndpointConfigName: str) -> dict[str, Any]:  # noqa: N803
        return self.configs[EndpointConfigName]

    def list_tags(self, ResourceArn: str) -> dict[str, Any]:  # noqa: N803
        return {"Tags": self.tags.get(ResourceArn, [])}

    def list_notebook_instances(self, **_request: Any) -> dict[str, Any]:
        return {"NotebookInstances": self.notebooks}

    def describe_scalable_targets(self, **_request: Any) -> dict[str, Any]:
        return {"ScalableTargets": self.targets}

    def describe_scaling_activities(self, **_request: Any) -> dict[str, Any]:
        return {"ScalingActivities": self.activities}

    # EC2, EKS, FSx.

    def describe_volumes(self, **request: Any) -> dict[str, Any]:
        start = int(request.get("NextToken", "0"))
        page = self.volumes[start : start + 500]
        more = start + 500 < len(self.volumes)
        return {"Volumes": page} | ({"NextToken": str(start + 500)} if more else {})

    def describe_addresses(self, **_request: Any) -> dict[str, Any]:
        return {"Addresses": self.addresses}

    def describe_nat_gateways(self, **_request: Any) -> dict[str, Any]:
        return {"NatGateways": self.gateways}

    def describe_instances(self, **_request: Any) -> dict[str, Any]:
        return {"Reservations": [{"Instances": self.instances}]}

    def list_nodegroups(self, **_request: Any) -> dict[str, Any]:
        return {"nodegroups": list(self.nodegroups)}

    def describe_nodegroup(self, **request: str) -> dict[str, Any]:
        return {"nodegroup": self.nodegroups[request["nodegroupName"]]}

    def describe_file_systems(self, **_request: Any) -> dict[str, Any]:
        return {"FileSystems": self.file_systems}

    # Logs, functions, tags, costs.

    def describe_log_groups(self, **_request: Any) -> dict[str, Any]:
        return {"logGroups": self.log_groups}

    def describe_log_streams(self, **request: Any) -> dict[str, Any]:
        found = self.streams.get(request["logStreamNamePrefix"])
        return {"logStreams": [found] if found else []}

    def describe_subscription_filters(self, **request: Any) -> dict[str, Any]:
        subscribed = request["logGroupName"] in self.subscriptions
        return {"subscriptionFilters": [{"filterName": "ship"}] if subscribed else []}

    def list_provisioned_concurrency_configs(self, **request: Any) -> dict[str, Any]:
        return {"ProvisionedConcurrencyConfigs": self.functions[request["FunctionName"]]}

    def get_resources(self, **request: Any) -> dict[str, Any]:
        (type_,) = request["ResourceTypeFilters"]
        if type_ == "lambda:function":
            found = [arn("lambda", f"function:{name}") for name in self.functions]
        else:
            found = [arn("logs", f"log-group:{g['logGroupName']}") for g in self.log_groups]
        return {
            "ResourceTagMappingList": [
                {"ResourceARN": name, "Tags": self.tags.get(name, OWN)} for name in found
            ]
        }

    def get_cost_and_usage(self, **_request: Any) -> dict[str, Any]:
        return {"ResultsByTime": [{"Groups": self.costs}]}

    # What tests plant.

    def add_endpoint(
        self,
        key: str,
        *,
        requests: float = 1000.0,
        cpu: Series = Series(80.0),
        count: int = 2,
        type_: str = "ml.m5.large",
        created: datetime.datetime = OLD,
        scaling: tuple[int, int] | None = None,
        tags: list[dict[str, str]] | None = None,
        **others: Series,
    ) -> None:
        """Adds an endpoint with so many requests an hour, on instances of two cores:
        CPU is up to 200."""
        name, config = f"ml-prod-{key}", f"ml-prod-{key}-config"
        variant = {"VariantName": "primary", "InstanceType": type_, "InitialInstanceCount": count}
        self.endpoints[name] = {
            "EndpointName": name,
            "EndpointArn": arn("sagemaker", f"endpoint/{name}"),
            "EndpointConfigName": config,
            "EndpointStatus": "InService",
            "CreationTime": created,
            "LastModifiedTime": created,
            "ProductionVariants": [{"VariantName": "primary", "CurrentInstanceCount": count}],
        }
        self.configs[config] = {
            "EndpointConfigName": config,
            "EndpointConfigArn": arn("sagemaker", f"endpoint-config/{config}"),
            "CreationTime": created,
            "ProductionVariants": [variant],
        }
        if tags:
            self.tags[arn("sagemaker", f"endpoint/{name}")] = tags
        if scaling:
            self.targets.append(
                {
                    "ServiceNamespace": "sagemaker",
                    "ResourceId": f"endpoint/{name}/variant/primary",
                    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
                    "MinCapacity": scaling[0],
                    "MaxCapacity": scaling[1],
                    "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/scaling",
                    "CreationTime": created,
                }
            )
        own = {"EndpointName": name, "VariantName": "primary"}
        if requests:
            self.measure("AWS/SageMaker", "Invocations", Series(requests, cpu.hours), **own)
        measured = {
            "CPUUtilization": cpu,
            "MemoryUtilization": Series(30.0, cpu.hours),
            "DiskUtilization": Series(20.0, cpu.hours),
            **others,
        }
        for metric, series in measured.items():
            self.measure("/aws/sagemaker/Endpoints", metric, series, **own)

    def add_volume(
        self,
        name: str,
        *,
        attached: bool = True,
        ops: Series | None = Series(500.0),
        created: datetime.datetime = OLD,
        tags: list[dict[str, str]] | None = None,
        gib: int = 100,
    ) -> None:
        self.volumes.append(
            {
                "VolumeId": name,
                "Size": gib,
                "VolumeType": "gp3",
                "Iops": 3000,
                "Throughput": 125,
                "State": "in-use" if attached else "available",
                "CreateTime": created,
                "Tags": OWN if tags is None else tags,
            }
        )
        if ops:
            for metric in ("VolumeReadOps", "VolumeWriteOps"):
                self.measure("AWS/EBS", metric, ops, VolumeId=name)

    def add_address(self, ip: str, *, used: bool = True) -> None:
        more = {"AssociationId": "eipassoc-1"} if used else {}
        self.addresses.append(
            {"AllocationId": f"eipalloc-{ip}", "PublicIp": ip, "Tags": OWN, **more}
        )

    def add_gateway(
        self, name: str, *, bytes_: Series = Series(1e6), errors: float = 0.0,
        created: datetime.datetime = OLD,
    ) -> None:  # fmt: skip
        self.gateways.append(
            {"NatGatewayId": name, "VpcId": VPC, "CreateTime": created, "State": "available"}
        )
        for metric in ("BytesOutToDestination", "BytesInFromSource"):
            self.measure("AWS/NATGateway", metric, bytes_, NatGatewayId=name)
        self.measure("AWS/NATGateway", "ErrorPortAllocation", Series(errors), NatGatewayId=name)

    def add_file_system(
        self, name: str, *, bytes_: Series = Series(1e9), free: float = 0.5,
        created: datetime.datetime = OLD,
    ) -> None:  # fmt: skip
        gib = 1200
        self.file_systems.append(
            {
                "FileSystemId": name,
                "FileSystemType": "LUSTRE",
                "StorageType": "SSD",
                "StorageCapacity": gib,
                "VpcId": VPC,
                "CreationTime": created,
                "LustreConfiguration": {"PerUnitStorageThroughput": 125},
                "Tags": [{"Key": "groundplan:component", "Value": "scratch"}],
            }
        )
        own = {"FileSystemId": name}
        for metric in ("DataReadBytes", "DataWriteBytes"):
            self.measure("AWS/FSx", metric, bytes_, **own)
        total = 60 * free * gib * 2**30
        series = Series(total, bytes_.hours)
        self.measure("AWS/FSx", "FreeDataStorageCapacity", series, **own)

    def add_notebook(
        self, name: str, *, silent_days: float | None = 0.5, started: datetime.datetime = OLD
    ) -> None:
        self.notebooks.append(
            {
                "NotebookInstanceName": name,
                "NotebookInstanceArn": arn("sagemaker", f"notebook-instance/{name}"),
                "NotebookInstanceStatus": "InService",
                "InstanceType": "ml.t3.medium",
                "LastModifiedTime": started,
            }
        )
        self.tags[arn("sagemaker", f"notebook-instance/{name}")] = OWN
        if silent_days is not None:
            last = NOW - datetime.timedelta(days=silent_days)
            self.streams[f"{name}/jupyter.log"] = {
                "logStreamName": f"{name}/jupyter.log",
                "lastEventTimestamp": int(last.timestamp() * 1000),
            }

    def add_log_group(
        self,
        name: str,
        *,
        received: float = 1000.0,
        stored: int = 10**10,
        filters: int = 0,
        subscribed: bool = False,
        created: datetime.datetime = OLD,
    ) -> None:
        self.log_groups.append(
            {
                "logGroupName": name,
                "arn": arn("logs", f"log-group:{name}:*"),
                "creationTime": int(created.timestamp() * 1000),
                "storedBytes": stored,
                "metricFilterCount": filters,
            }
        )
        if subscribed:
            self.subscriptions.add(name)
        if received:
            self.measure("AWS/Logs", "IncomingBytes", Series(received), LogGroupName=name)

    def add_function(
        self, name: str, *, invocations: float = 100.0, throttles: float = 0.0,
        provisioned: int = 0, used: float = 0.5, set_at: datetime.datetime = OLD,
    ) -> None:  # fmt: skip
        self.functions[name] = []
        self.measure("AWS/Lambda", "Invocations", Series(invocations), FunctionName=name)
        self.measure("AWS/Lambda", "Throttles", Series(throttles), FunctionName=name)
        if provisioned:
            self.functions[name].append(
                {
                    "FunctionArn": arn("lambda", f"function:{name}:live"),
                    "AllocatedProvisionedConcurrentExecutions": provisioned,
                    "LastModified": set_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
                }
            )
            metric = "ProvisionedConcurrencyUtilization"
            own = {"FunctionName": name, "Resource": f"{name}:live"}
            self.measure("AWS/Lambda", metric, Series(used), **own)

    def add_pool(
        self, name: str, *, type_: str = "m6i.xlarge", count: int = 2, least: int = 2,
        cpu: Series = Series(60.0), created: datetime.datetime = OLD,
    ) -> None:  # fmt: skip
        group = f"training-{name}"
        self.nodegroups[group] = {
            "nodegroupName": group,
            "nodegroupArn": arn("eks", f"nodegroup/training/{group}/1"),
            "createdAt": created,
            "capacityType": "ON_DEMAND",
            "scalingConfig": {"minSize": least, "maxSize": 4, "desiredSize": count},
            "instanceTypes": [type_],
            "labels": {"groundplan/pool": name},
            "resources": {"autoScalingGroups": [{"name": f"asg-{name}"}]},
            "tags": {},
        }
        self.measure("AWS/EC2", "CPUUtilization", cpu, AutoScalingGroupName=f"asg-{name}")
        for number in range(count):
            self.instances.append(
                {
                    "InstanceId": f"i-{name}{number}",
                    "PrivateDnsName": f"ip-{name}-{number}.ec2.internal",
                    "Tags": [
                        {"Key": "eks:cluster-name", "Value": "training"},
                        {"Key": "eks:nodegroup-name", "Value": group},
                    ],
                }
            )

    def add_karpenter_node(self, pool: str, type_: str, *, spot: bool = False) -> None:
        number = len(self.instances)
        node: dict[str, Any] = {
            "InstanceId": f"i-{number}",
            "InstanceType": type_,
            "PrivateDnsName": f"ip-{pool}-{number}.ec2.internal",
            "Tags": [
                {"Key": "eks:eks-cluster-name", "Value": "training"},
                {"Key": "karpenter.sh/nodepool", "Value": pool},
            ],
        }
        self.instances.append(node | ({"InstanceLifecycle": "spot"} if spot else {}))

    def add_serverless(
        self, key: str, *, provisioned: int, used: float | None, created: datetime.datetime = OLD
    ) -> None:
        self.add_endpoint(key, created=created)
        name = f"ml-prod-{key}"
        serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 20}
        if provisioned:
            serverless["ProvisionedConcurrency"] = provisioned
        variant = {"VariantName": "primary", "ServerlessConfig": serverless}
        self.configs[f"{name}-config"]["ProductionVariants"] = [variant]
        if used is not None:
            own = {"EndpointName": name, "VariantName": "primary"}
            metric = "ServerlessProvisionedConcurrencyUtilization"
            self.measure("AWS/SageMaker", metric, Series(used), **own)


def window() -> Window:
    return Window.before(NOW, DAYS)
