"""AWS Glue: jobs of the plan, which really run. A job's script and its modules come
from S3, and its rows, too, with the permissions of its role; what it writes goes back.
"""

import contextlib
import datetime
import io
import pathlib
import re
import runpy
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from groundplan.data.quality import rules

from rehearsal.account import spark
from rehearsal.account.names import ACCOUNT
from rehearsal.account.sagemaker import refusal
from rehearsal.clock import Clock
from rehearsal.permissions.guard import Guard, acting
from rehearsal.permissions.policies import Need

MINUTES = 3
"""Minutes that a job takes: most of it is the start of its workers."""
SERVICE = "glue.amazonaws.com"
IMPORTED = re.compile(r"^from (groundplan[\w.]*) import", re.MULTILINE)
LIBRARIES = "--extra-py-files"
RESERVED = "aws-glue-service-resource"
"""The tag of the network interfaces that AWS Glue creates."""


class NotInArchive(Exception):
    """A script imports what its modules do not have."""


@dataclass
class Glue:
    """The service."""

    clock: Clock
    guard: Guard
    client: Callable[[str], Any]
    region: str
    jobs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """By name, as the plan has them."""
    encryption: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Security configurations, by name."""
    networks: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """What connections to a VPC require, by name."""
    runs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By job, the newest first."""

    def call(self, operation: str, params: Mapping[str, Any]) -> Any:
        """Answers a call."""
        name = params["JobName"]
        if name not in self.jobs:
            raise refusal("EntityNotFoundException", f"There is no job {name}", operation)
        runs = self.runs.setdefault(name, [])
        if operation == "StartJobRun":
            return {"JobRunId": self._start(name, runs, params.get("Arguments", {}))["Id"]}
        if operation == "GetJobRun":
            return {"JobRun": dict(next(run for run in runs if run["Id"] == params["RunId"]))}
        if operation == "GetJobRuns":
            return {"JobRuns": [dict(run) for run in runs]}
        raise refusal("InternalFailure", f"{operation} is not rehearsed", operation, 500)

    def _start(
        self, name: str, runs: list[dict[str, Any]], arguments: Mapping[str, str]
    ) -> dict[str, Any]:
        job = self.jobs[name]
        most = int(job["executionProperty"]["maxConcurrentRuns"])
        if sum(run["JobRunState"] == "RUNNING" for run in runs) >= most:
            message = f"{most} runs of {name} are under way"
            raise refusal("ConcurrentRunsExceededException", message, "StartJobRun")
        run: dict[str, Any] = {
            "Id": f"jr-{len(runs) + 1}",
            "StartedOn": self.clock.now,
            "JobRunState": "RUNNING",
            "MaxCapacity": float(job["numberOfWorkers"]),
            "ExecutionTime": MINUTES * 60,
        }
        runs.insert(0, run)
        self.clock.after(MINUTES * 60, lambda: self._end(job, run, arguments))
        return run

    def _end(
        self, job: Mapping[str, Any], run: dict[str, Any], arguments: Mapping[str, str]
    ) -> None:
        try:
            with acting(self.guard.require_assumed(job["roleArn"], SERVICE)):
                self.guard.require(*self._surroundings(job))
                self._run(job, {**job["defaultArguments"], **arguments})
            run["JobRunState"] = "SUCCEEDED"
        except (Exception, SystemExit) as error:  # noqa: BLE001 (what AWS Glue reports)
            run["JobRunState"] = "FAILED"
            run["ErrorMessage"] = f"{type(error).__name__}: {error}"

    def _run(self, job: Mapping[str, Any], arguments: Mapping[str, str]) -> None:
        """Runs a job's script in this process."""
        s3 = self.client("s3")
        script = _read(s3, job["command"]["scriptLocation"]).decode()
        modules = _read(s3, arguments[LIBRARIES]).decode() if LIBRARIES in arguments else ""
        for name in IMPORTED.findall(script):
            if f"{name.replace('.', '/')}.py" not in modules.splitlines():
                raise NotInArchive(f"The archive of the job has no {name}")
        key = self._configuration(job)["s3Encryption"]["kmsKeyArn"]
        store = spark.Store(s3, {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key})
        asked = rules.read(arguments.get("--rules", "[]"))
        known = spark.modules(store, spark.Evaluator(asked, self._now))
        given = [word for pair in arguments.items() for word in pair]
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            file = pathlib.Path(folder, "script.py")
            file.write_text(script, encoding="utf-8")
            stack.enter_context(_imported(known))
            stack.enter_context(mock.patch.object(sys, "argv", [str(file), *given]))
            stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
            runpy.run_path(str(file), run_name="__main__")

    def _now(self) -> datetime.datetime:
        return self.clock.now

    def _configuration(self, job: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.encryption[job["securityConfiguration"]]
        return found

    def _surroundings(self, job: Mapping[str, Any]) -> Iterator[Need]:
        """What AWS Glue does with a job's role beside its data: logs under the names
        that it gives them (AWS Glue Developer Guide, "Logging for AWS Glue jobs"),
        metrics, and its network."""
        role = job["roleArn"].rpartition("/")[2]
        folder = job["defaultArguments"]["--custom-logGroup-prefix"]
        for channel in ("error", "output"):
            group = f"{folder}/{job['securityConfiguration']}-role/{role}/{channel}"
            arn = f"arn:aws:logs:{self.region}:{ACCOUNT}:log-group:{group}"
            yield Need("logs:CreateLogGroup", arn)
            yield Need("logs:AssociateKmsKey", arn)
            yield Need("logs:CreateLogStream", f"{arn}:log-stream:one")
            yield Need("logs:PutLogEvents", f"{arn}:log-stream:one")
        yield Need("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": "Glue"})
        for name in job.get("connections") or ():
            yield from self._network(name)

    def _network(self, name: str) -> Iterator[Need]:
        """What workers in a VPC need (AWS Glue Developer Guide, "Create an IAM policy
        for AWS Glue"): network interfaces."""
        glue = f"arn:aws:glue:{self.region}:{ACCOUNT}"
        yield Need("glue:GetConnection", f"{glue}:catalog")
        yield Need("glue:GetConnection", f"{glue}:connection/{name}")
        reads = (
            "NetworkInterfaces",
            "RouteTables",
            "SecurityGroups",
            "Subnets",
            "VpcAttribute",
            "VpcEndpoints",
        )
        yield from (Need(f"ec2:Describe{noun}", "*") for noun in reads)
        required, base = self.networks[name], f"arn:aws:ec2:{self.region}:{ACCOUNT}"
        interface, subnet = f"{base}:network-interface/eni-1", f"{base}:subnet/"
        subnet += required["subnetId"]
        groups = [f"{base}:security-group/{group}" for group in required["securityGroupIdLists"]]
        for arn in (interface, subnet, *groups):
            yield Need("ec2:CreateNetworkInterface", arn)
        yield Need("ec2:CreateTags", interface, {"aws:TagKeys": RESERVED})
        yield Need("ec2:DeleteNetworkInterface", interface, {"ec2:Subnet": subnet})


@contextlib.contextmanager
def _imported(modules: Mapping[str, Any]) -> Iterator[None]:
    """The time in which imports of some names get other modules."""
    before = {name: sys.modules[name] for name in modules if name in sys.modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]
        sys.modules.update(before)


def _read(s3: Any, uri: str) -> bytes:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return content
