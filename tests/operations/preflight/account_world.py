"""An account in which a stack can be deployed, and in which obstacles are planted."""

import datetime
import json
import re
from collections.abc import Mapping
from typing import Any

from groundplan.facts import table
from groundplan.operations.preflight import pools, sagemaker_instances
from groundplan.operations.preflight.charts import RELEASES
from groundplan.operations.preflight.plan import Plan
from groundplan.operations.preflight.reader import Denied, Missing

TODAY = datetime.date(2026, 11, 28)
ACCOUNT = "123456789012"
HUGE = 1_000_000.0


class World:
    """A reader whose account has room for everything that the plan needs."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.quotas: dict[tuple[str, str], float] = {}
        """Service and code, or name -> a value other than a huge one."""
        self.fixed: set[str] = set()
        """Codes of quotas that can't be raised."""
        self.unlisted: set[str] = set()
        self.lists: dict[tuple[str, str], list[dict[str, Any]]] = {}
        """Service and operation -> the entries of its list."""
        self.not_offered: set[tuple[str, str]] = set()
        """Instance type and zone, or `*`."""
        self.zones = ["a", "b", "c"]
        self.free_addresses: dict[str, int] = {}
        self.missing_subnets: set[str] = set()
        self.missing_vpcs: set[str] = set()
        self.reservations: dict[str, dict[str, Any]] = {}
        self.missing_images: set[str] = set()
        self.missing_pages: set[str] = set()
        self.denied_actions: dict[str, str] = {}
        self.lacking: dict[str, list[str]] = {}
        self.taken: set[str] = set()
        self.kubernetes: list[str] = ["1.34", "1.35", "1.36"]
        self.missing_addons: set[str] = set()
        self.unreachable: set[str] = set()
        self.address = "203.0.113.7"
        self.roles = 10
        self.concurrency = (1000, 1000)
        self.failures: dict[str, Exception] = {}
        """Operation, or region -> the error that it answers."""
        self.arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/session"
        self.calls: list[str] = []
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self._defaults()

    def _defaults(self) -> None:
        for pool in pools.of(self.plan):
            if pool.reservation:
                zone = self._zone_of(pool)
                self.reservations[pool.reservation] = {
                    "CapacityReservationId": pool.reservation,
                    "InstanceType": pool.types[0],
                    "State": "active",
                    "AvailabilityZone": zone,
                    "TotalInstanceCount": pool.most or pool.now,
                    "AvailableInstanceCount": pool.most or pool.now,
                }

    def _zone_of(self, pool: pools.Pool) -> str:
        subnet = self.plan.referenced(pool.subnets[0], "aws:ec2/subnet:Subnet")
        if subnet:
            return str(subnet.inputs["availabilityZone"])
        return f"{pool.region}a"

    def read(self, service: str, operation: str, *, region: str, **request: Any) -> Any:
        self.calls.append(operation)
        self.asked.append((service, operation, request))
        for key in (operation, region):
            if key in self.failures:
                raise self.failures[key]
        answer = getattr(self, f"_{service.replace('-', '_')}_{operation}", None)
        if answer is not None:
            return answer(region, request)
        return {LISTED[operation]: self.lists.get((service, operation), [])}

    def web(self, address: str, token: str = "") -> str | None:  # noqa: ARG002 (the protocol's)
        self.calls.append("get")
        if "web" in self.failures:
            raise self.failures["web"]
        if any(part in address for part in self.missing_pages):
            return None
        if address.endswith("index.yaml"):
            return self._index(address.removesuffix("/index.yaml"))
        if "checkip" in address:
            return self.address
        return json.dumps({"token": "t"})

    def connects(self, host: str, port: int) -> bool:  # noqa: ARG002 (the protocol's)
        return host not in self.unreachable

    def _index(self, repository: str) -> str:
        lines = ["apiVersion: v1", "entries:"]
        for release in self.plan.of_type(*RELEASES):
            source = release.inputs.get("repositoryOpts", {}).get("repo", "")
            if source.rstrip("/") == repository:
                lines += [f"  {release.inputs['chart']}:", "  - appVersion: '1'"]
                lines += [f"    version: {release.inputs['version']}"]
        return "\n".join(lines)

    # Service Quotas

    def _service_quotas_list_service_quotas(self, region: str, request: Mapping[str, Any]) -> Any:
        service = request["ServiceCode"]
        known_quotas = [(r["code"], r["name"]) for r in QUOTAS if r["service"] == service]
        if service == "sagemaker":
            uses = {need.quota for need in sagemaker_instances.of(self.plan)}
            known_quotas = [(f"L-{name}", name) for name in sorted(uses)]
        return {
            "Quotas": [
                {
                    "QuotaCode": code,
                    "QuotaName": name,
                    "Adjustable": code not in self.fixed,
                    "Value": self.quotas.get(
                        (region, code), self.quotas.get((service, code), HUGE)
                    ),
                }
                for code, name in known_quotas
                if code not in self.unlisted
            ]
        }

    def _service_quotas_list_aws_default_service_quotas(
        self, _region: str, _request: Mapping[str, Any]
    ) -> Any:
        return {"Quotas": []}

    # EC2

    def _ec2_describe_availability_zones(self, region: str, _request: Mapping[str, Any]) -> Any:
        return {"AvailabilityZones": [{"ZoneName": f"{region}{zone}"} for zone in self.zones]}

    def _ec2_describe_instance_type_offerings(self, region: str, request: Mapping[str, Any]) -> Any:
        return {
            "InstanceTypeOfferings": [
                {"InstanceType": kind, "Location": f"{region}{zone}"}
                for kind in request["Filters"][0]["Values"]
                for zone in "abc"
                if not {(kind, "*"), (kind, f"{region}{zone}"), (f"{region}", kind)}
                & self.not_offered
            ]
        }

    def _ec2_describe_subnets(self, region: str, _request: Mapping[str, Any]) -> Any:
        ids = sorted(set(re.findall(r"subnet-[0-9a-f]+", self._text)) - self.missing_subnets)
        return {
            "Subnets": [
                {
                    "SubnetId": id_,
                    "AvailabilityZone": f"{region}{'abc'[number % 3]}",
                    "AvailableIpAddressCount": self.free_addresses.get(id_, 4000),
                }
                for number, id_ in enumerate(ids)
            ]
        }

    def _ec2_describe_vpcs(self, _region: str, _request: Mapping[str, Any]) -> Any:
        ids = sorted(set(re.findall(r"vpc-[0-9a-f]+", self._text)) - self.missing_vpcs)
        listed = self.lists.get(("ec2", "describe_vpcs"), [])
        return {"Vpcs": [{"VpcId": id_} for id_ in ids] + listed}

    def _ec2_describe_capacity_reservations(self, _region: str, request: Mapping[str, Any]) -> Any:
        ids = request["CapacityReservationIds"]
        found = [self.reservations[id_] for id_ in ids if id_ in self.reservations]
        if not found:
            raise Missing("InvalidCapacityReservationId.NotFound")
        return {"CapacityReservations": found}

    def _ec2_describe_images(self, _region: str, request: Mapping[str, Any]) -> Any:
        return {
            "Images": [
                {"ImageId": id_} for id_ in request["ImageIds"] if id_ not in self.missing_images
            ]
        }

    # EKS, ECR, IAM, Lambda, STS, S3

    def _eks_describe_cluster_versions(self, _region: str, _request: Mapping[str, Any]) -> Any:
        return {"clusterVersions": [{"clusterVersion": each} for each in self.kubernetes]}

    def _eks_describe_addon_versions(self, _region: str, request: Mapping[str, Any]) -> Any:
        versions = [
            {"addonVersion": addon.inputs.get("addonVersion")}
            for addon in self.plan.of_type("aws:eks/addon:Addon")
            if addon.inputs["addonName"] == request["addonName"]
            and request["addonName"] not in self.missing_addons
        ]
        return {"addons": [{"addonVersions": versions}]}

    def _eks_describe_cluster(self, _region: str, request: Mapping[str, Any]) -> Any:
        deployed = {
            cluster.inputs.get("name")
            for cluster in self.plan.of_type(pools.CLUSTER)
            if self.plan.is_deployed(cluster)
        }
        if request["name"] in self.taken | deployed:
            return {"cluster": {"endpoint": "https://ABC.gr7.eu-west-1.eks.amazonaws.com"}}
        raise Missing("ResourceNotFoundException")

    def _ecr_batch_get_image(self, _region: str, request: Mapping[str, Any]) -> Any:
        if request["repositoryName"] in self.missing_images:
            raise Missing("RepositoryNotFoundException")
        tag = request["imageIds"][0].get("imageTag", "")
        there = f"{request['repositoryName']}:{tag}" not in self.missing_images
        return {"images": [{}] if there else []}

    def _iam_get_role(self, _region: str, request: Mapping[str, Any]) -> Any:
        name = request["RoleName"]
        if name == "deployer" or name in self.taken:
            return {"Role": {"Arn": f"arn:aws:iam::{ACCOUNT}:role/ci/{name}"}}
        raise Missing("NoSuchEntity")

    def _iam_get_account_summary(self, _region: str, _request: Mapping[str, Any]) -> Any:
        return {"SummaryMap": {"Roles": self.roles, "RolesQuota": 1000}}

    def _iam_simulate_principal_policy(self, _region: str, request: Mapping[str, Any]) -> Any:
        return {
            "EvaluationResults": [
                {
                    "EvalActionName": action,
                    "EvalDecision": self.denied_actions.get(action, "allowed"),
                    "MissingContextValues": self.lacking.get(action, []),
                }
                for action in request["ActionNames"]
            ]
        }

    def _lambda_get_account_settings(self, _region: str, _request: Mapping[str, Any]) -> Any:
        total, free = self.concurrency
        return {
            "AccountLimit": {
                "ConcurrentExecutions": total,
                "UnreservedConcurrentExecutions": free,
            }
        }

    def _sts_get_caller_identity(self, _region: str, _request: Mapping[str, Any]) -> Any:
        return {"Account": ACCOUNT, "Arn": self.arn}

    def _s3_head_bucket(self, _region: str, request: Mapping[str, Any]) -> Any:
        if request["Bucket"] in self.taken:
            raise Denied("403")
        raise Missing("404")

    def _sagemaker_describe_endpoint(self, _region: str, request: Mapping[str, Any]) -> Any:
        return {"EndpointConfigName": request["EndpointName"]}

    def _sagemaker_describe_endpoint_config(self, _region: str, request: Mapping[str, Any]) -> Any:
        kind, _, count = request["EndpointConfigName"].partition("*")
        variant = {
            "VariantName": "a",
            "InstanceType": kind,
            "InitialInstanceCount": int(count or 0),
        }
        return {"ProductionVariants": [variant] if count else []}

    @property
    def _text(self) -> str:
        return json.dumps([dict(resource.inputs) for resource in self.plan.manifest])

    def take(self, token: str, name: str) -> None:
        """Gives a name to something else in the account."""
        self.taken.add(name)
        listed = TAKEN.get(token)
        if listed:
            service, operation, field = listed
            self.lists.setdefault((service, operation), []).append({field: name})

    def run_instances(self, kind: str, count: int, **more: Any) -> None:
        """Runs instances that are not the stack's."""
        found = self.lists.setdefault(("ec2", "describe_instances"), [])
        found.append({"Instances": [{"InstanceType": kind, **more}] * count})


for _operation in (
    "glue_get_database",
    "lambda_get_function_configuration",
    "rds_describe_db_instances",
    "sagemaker_describe_model_package_group",
    "secretsmanager_describe_secret",
    "sqs_get_queue_url",
):

    def _named(self: World, _region: str, request: Mapping[str, Any]) -> Any:
        if set(request.values()) & self.taken:
            return {}
        raise Missing("ResourceNotFoundException")

    setattr(World, f"_{_operation}", _named)

QUOTAS = [dict(row) for row in table.rows("service-quotas.csv")]
LISTED = {
    "describe_instances": "Reservations",
    "describe_addresses": "Addresses",
    "describe_internet_gateways": "InternetGateways",
    "describe_nat_gateways": "NatGateways",
    "list_clusters": "clusters",
    "list_nodegroups": "nodegroups",
    "list_endpoints": "Endpoints",
    "list_notebook_instances": "NotebookInstances",
    "list_training_jobs": "TrainingJobSummaries",
    "list_processing_jobs": "ProcessingJobSummaries",
    "list_transform_jobs": "TransformJobSummaries",
    "describe_log_groups": "logGroups",
    "describe_alarms": "MetricAlarms",
    "describe_repositories": "repositories",
    "list_aliases": "Aliases",
}
TAKEN = {
    "aws:cloudwatch/logGroup:LogGroup": ("logs", "describe_log_groups", "logGroupName"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("cloudwatch", "describe_alarms", "AlarmName"),
    "aws:ecr/repository:Repository": ("ecr", "describe_repositories", "repositoryName"),
    "aws:kms/alias:Alias": ("kms", "list_aliases", "AliasName"),
    "aws:sagemaker/endpoint:Endpoint": ("sagemaker", "list_endpoints", "EndpointName"),
}
