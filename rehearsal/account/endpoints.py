"""SageMaker's endpoints, which really answer: blue/green updates with a canary,
requests that go to one of both fleets, data capture, metrics, and the rollback by
alarm.

SageMaker AI Developer Guide, "Use canary traffic shifting", "Auto-Rollback
Configuration and Monitoring", "Data capture".
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.account import jobs
from rehearsal.account.alarms import ALARM, Metrics
from rehearsal.account.names import ACCOUNT
from rehearsal.clock import Clock
from rehearsal.containers.serve import Server
from rehearsal.permissions.guard import Guard, acting
from rehearsal.permissions.policies import Need

START_SECONDS = 360
"""Seconds that the instances of a new fleet take."""
STATE, DEPLOYMENT = "SageMaker Endpoint State Change", "SageMaker Endpoint Deployment State Change"


@dataclass
class Update:
    """An update under way."""

    config: str
    deployment: Mapping[str, Any]
    number: int
    share: float = 0.0
    """Share of the requests that the new fleet answers, 0 to 1."""
    server: Server | None = None


@dataclass
class Endpoint:
    """An endpoint."""

    name: str
    config: str
    status: str = "InService"
    reason: str = ""
    modified: int = 0
    server: Server | None = None
    update: Update | None = None
    requests: int = 0
    captured: list[str] = field(default_factory=list)
    """Lines that wait to be written."""


@dataclass
class Endpoints:
    """The endpoints of the account."""

    clock: Clock
    guard: Guard
    metrics: Metrics
    client: Callable[[str], Any]
    region: str
    models: Mapping[str, Mapping[str, Any]]
    configs: Mapping[str, Mapping[str, Any]]
    packages: Mapping[str, Mapping[str, Any]]
    subnets: Mapping[str, str]
    """ID of a subnet -> ID of its VPC."""
    event: Callable[[str, Mapping[str, Any]], None]
    """Sends an event to EventBridge: its type and its detail."""
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    shares: list[tuple[Any, str, float]] = field(default_factory=list)
    """When the share of a new fleet changed, for the report."""
    number: int = 0

    def create(self, name: str, config: str) -> None:
        """Creates an endpoint. It has no model until the first release."""
        self.endpoints[name] = Endpoint(name, config)

    def update(self, params: Mapping[str, Any]) -> None:
        """Begins an update: a new fleet, then its canary, then all requests."""
        endpoint = self.endpoints[params["EndpointName"]]
        self.number += 1
        update = Update(
            params["EndpointConfigName"], params.get("DeploymentConfig", {}), self.number
        )
        endpoint.status, endpoint.update, endpoint.modified = "Updating", update, self.number
        self._tell(endpoint, STATE, "UPDATING")
        self.clock.after(START_SECONDS, lambda: self._started(endpoint, update))

    def _started(self, endpoint: Endpoint, update: Update) -> None:
        try:
            update.server = self._server(endpoint, update.config)
        except Exception as error:  # noqa: BLE001 (what SageMaker reports)
            self._end(endpoint, update, f"The new fleet did not start: {error}")
            return
        traffic = update.deployment["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
        if traffic["Type"] == "ALL_AT_ONCE":
            # Its whole traffic bakes at once (API reference, TrafficRoutingConfig).
            self._shift(endpoint, update, 1.0)
            self._tell(endpoint, DEPLOYMENT, "BAKING")
            wait = traffic.get("WaitIntervalInSeconds", 0)
            self.clock.after(wait, lambda: self._baked(endpoint, update))
            self._watch(endpoint, update)
            return
        if traffic["Type"] != "CANARY":
            raise ValueError(f"Traffic routing {traffic['Type']} is not rehearsed")
        size = traffic["CanarySize"]
        count = self.configs[update.config]["ProductionVariants"][0]["InitialInstanceCount"]
        share = size["Value"] / (100 if size["Type"] == "CAPACITY_PERCENT" else count)
        self._shift(endpoint, update, share)
        self._tell(endpoint, DEPLOYMENT, "BAKING")
        wait = traffic["WaitIntervalInSeconds"]
        self.clock.after(wait, lambda: self._baked(endpoint, update))
        self._watch(endpoint, update)

    def _baked(self, endpoint: Endpoint, update: Update) -> None:
        """The canary is sound: the new fleet answers everything, and the old one waits
        to be terminated."""
        if endpoint.update is not update:
            return
        self._shift(endpoint, update, 1.0)
        wait = update.deployment["BlueGreenUpdatePolicy"].get("TerminationWaitInSeconds", 0)
        self.clock.after(wait, lambda: self._end(endpoint, update, ""))

    def _watch(self, endpoint: Endpoint, update: Update) -> None:
        """Looks at the alarms once a minute, with the permissions of the endpoint's
        role, until the update is over."""
        if endpoint.update is not update:
            return
        watched = update.deployment.get("AutoRollbackConfiguration", {}).get("Alarms", ())
        with acting(self._principal(update.config)):
            for alarm in watched:
                found = self.metrics.alarms.get(alarm["AlarmName"])
                if found is None:
                    self._end(endpoint, update, f"There is no alarm {alarm['AlarmName']}")
                    return
                self.guard.require(Need("cloudwatch:DescribeAlarms", found.arn))
                if found.state == ALARM:
                    reason = "One or more configured alarms were triggered: "
                    self._end(endpoint, update, f"{reason}{found.name}")
                    return
        self.clock.after(60, lambda: self._watch(endpoint, update))

    def _end(self, endpoint: Endpoint, update: Update, reason: str) -> None:
        if endpoint.update is not update:
            return
        self.number += 1
        endpoint.update, endpoint.modified, endpoint.reason = None, self.number, reason
        endpoint.status = "InService"
        if reason:
            self.shares.append((self.clock.now, endpoint.name, 0.0))
            self._tell(endpoint, DEPLOYMENT, "ROLLING_BACK")
        else:
            self._terminate(endpoint.config)
            endpoint.config, endpoint.server = update.config, update.server
        self._tell(endpoint, STATE, "IN_SERVICE")

    def _terminate(self, config: str) -> None:
        """Ends the old fleet, as the role of its model: its network interfaces go."""
        model = self._model(config)
        if model.get("VpcConfig"):
            interface = f"arn:aws:ec2:{self.region}:{ACCOUNT}:network-interface/eni-1"
            with acting(self._principal(config)):
                self.guard.require(
                    Need("ec2:DeleteNetworkInterface", interface, self._network(model)),
                    Need("ec2:DeleteNetworkInterfacePermission", interface, self._network(model)),
                )

    def _shift(self, endpoint: Endpoint, update: Update, share: float) -> None:
        update.share = share
        self.shares.append((self.clock.now, endpoint.name, share))

    def _tell(self, endpoint: Endpoint, kind: str, status: str) -> None:
        self.event(kind, {"EndpointName": endpoint.name, "EndpointStatus": status})

    # The fleets.

    def _model(self, config: str) -> Mapping[str, Any]:
        return self.models[self.configs[config]["ProductionVariants"][0]["ModelName"]]

    def _principal(self, config: str) -> Any:
        role = self._model(config)["ExecutionRoleArn"]
        return self.guard.require_assumed(role, "sagemaker.amazonaws.com")

    def _network(self, model: Mapping[str, Any]) -> dict[str, str]:
        """The VPC of a model's subnets, as conditions see it."""
        vpc = self.subnets.get(model["VpcConfig"]["Subnets"][0], "")
        return {"ec2:Vpc": f"arn:aws:ec2:{self.region}:{ACCOUNT}:vpc/{vpc}"}

    def _server(self, endpoint: Endpoint, config: str) -> Server:
        """Starts a fleet, as the role of its model."""
        model = self._model(config)
        container = model.get("PrimaryContainer") or model["Containers"][0]
        if "ModelPackageName" in container:
            package = self.packages[container["ModelPackageName"]]
            container = package["InferenceSpecification"]["Containers"][0]
        group = f"/aws/sagemaker/Endpoints/{endpoint.name}"
        base = f"arn:aws:ec2:{self.region}:{ACCOUNT}"
        with acting(self._principal(config)):
            self.guard.require(
                *jobs.pulled(container["Image"]),
                *jobs.logged(f"arn:aws:logs:{self.region}:{ACCOUNT}:log-group:{group}"),
                Need("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": "AWS/SageMaker"}),
                *self._interfaces(model, base),
            )
            bucket, _, key = container["ModelDataUrl"].removeprefix("s3://").partition("/")
            archive = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return Server(archive)

    def _interfaces(self, model: Mapping[str, Any], base: str) -> list[Need]:
        """Network interfaces in the model's subnets (Developer Guide, "CreateModel API:
        Execution Role Permissions")."""
        vpc = model.get("VpcConfig")
        if not vpc:
            return []
        network = self._network(model)
        created = [f"{base}:network-interface/eni-1"]
        created += [f"{base}:subnet/{subnet}" for subnet in vpc["Subnets"]]
        created += [f"{base}:security-group/{group}" for group in vpc["SecurityGroupIds"]]
        reads = ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs")
        return [
            *(Need("ec2:CreateNetworkInterface", arn, network) for arn in created),
            Need("ec2:CreateNetworkInterfacePermission", created[0], network),
            *(Need(f"ec2:Describe{noun}", "*") for noun in reads),
        ]

    # Requests.

    def invoke(self, params: Mapping[str, Any]) -> str:
        """Returns the answer to a request. Raises `ModelFailed`."""
        endpoint = self.endpoints[params["EndpointName"]]
        endpoint.requests += 1
        server, update = endpoint.server, endpoint.update
        # Each hundredth of the requests goes to the same fleet.
        if update is not None and endpoint.requests * 37 % 100 < update.share * 100:
            server = update.server
        variant = self.configs[endpoint.config]["ProductionVariants"][0]["VariantName"]
        dimensions = {"EndpointName": endpoint.name, "VariantName": variant}
        body = params["Body"]
        text = body.decode() if isinstance(body, bytes) else str(body)
        self.metrics.put("AWS/SageMaker", "Invocations", dimensions, 1)
        try:
            if server is None:
                raise ModelFailed("The endpoint has no model")
            answer = server.answer(text)
        except Exception as error:
            self.metrics.put("AWS/SageMaker", "Invocation5XXErrors", dimensions, 1)
            raise ModelFailed(str(error)) from error
        self.metrics.put("AWS/SageMaker", "Invocation5XXErrors", dimensions, 0)
        self.metrics.put("AWS/SageMaker", "ModelLatency", dimensions, 4000)
        self._capture(endpoint, text, answer, str(params.get("InferenceId", "")))
        return answer

    def _capture(self, endpoint: Endpoint, asked: str, answered: str, identity: str) -> None:
        capture = self.configs[endpoint.config].get("DataCaptureConfig", {})
        if not capture.get("EnableCapture"):
            return
        line = {
            "captureData": {
                f"endpoint{side}": {
                    "observedContentType": "text/csv",
                    "mode": side.upper(),
                    "data": data,
                    "encoding": "CSV",
                }
                for side, data in (("Input", asked), ("Output", answered))
            },
            "eventMetadata": {
                "eventId": f"event-{endpoint.requests}",
                "inferenceId": identity,
                "inferenceTime": self.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
            "eventVersion": "0",
        }
        endpoint.captured.append(json.dumps(line))

    def flush(self) -> None:
        """Writes what was captured, as the role of the model that serves."""
        for endpoint in self.endpoints.values():
            if not endpoint.captured:
                continue
            capture = self.configs[endpoint.config]["DataCaptureConfig"]
            base = capture["DestinationS3Uri"].removeprefix("s3://")
            bucket, _, prefix = base.partition("/")
            variant = self.configs[endpoint.config]["ProductionVariants"][0]["VariantName"]
            hour = self.clock.now.strftime("%Y/%m/%d/%H/%M-%S")
            with acting(self._principal(endpoint.config)):
                self.client("s3").put_object(
                    Bucket=bucket,
                    Key=f"{prefix}/{endpoint.name}/{variant}/{hour}-1.jsonl",
                    Body="\n".join(endpoint.captured).encode(),
                    ServerSideEncryption="aws:kms",
                    SSEKMSKeyId=capture["KmsKeyId"],
                )
            endpoint.captured.clear()


class ModelFailed(Exception):
    """The container answers 500."""
