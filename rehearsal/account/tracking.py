"""MLflow in the account: SageMaker's app of the plan, and the client that the
containers of jobs import.

The app answers as MLflow's REST API does, and notes the requests. Where the machine has
MLflow, a server of it gets the same requests in their order, and the life asks that one
what there is.
"""

import contextlib
import json
import os
import types
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rehearsal.clock import Clock
from rehearsal.permissions.guard import Guard, Principal, acting
from rehearsal.permissions.policies import Need

API = "/api/2.0/mlflow"
Params = Mapping[str, Any]


class Invalid(Exception):
    """A request that MLflow refuses."""


@dataclass(frozen=True)
class Request:
    """A request that an app has answered."""

    path: str
    body: Params
    answer: Params


@dataclass
class App:
    """One app."""

    arn: str
    artifacts: str
    """URI of the folder of the files."""
    clock: Clock
    requests: list[Request] = field(default_factory=list)
    experiments: dict[str, str] = field(default_factory=dict)
    """Name -> ID."""
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By ID."""

    def answer(self, path: str, body: Params) -> Params:
        """Answers a request. Raises `Invalid`."""
        handler: Callable[[Params], Params] | None = {
            "experiments/create": self._create_experiment,
            "runs/create": self._create_run,
            "runs/log-batch": self._log,
            "runs/update": self._update,
        }.get(path)
        if handler is None:
            raise Invalid(f"{path} is not rehearsed")
        answer = handler(body)
        self.requests.append(Request(path, body, answer))
        return answer

    def _create_experiment(self, body: Params) -> Params:
        number = str(len(self.experiments) + 1)
        self.experiments[body["name"]] = number
        return {"experiment_id": number}

    def _create_run(self, body: Params) -> Params:
        if body["experiment_id"] not in self.experiments.values():
            raise Invalid(f"There is no experiment {body['experiment_id']}")
        run = uuid.uuid4().hex
        uri = f"{self.artifacts}/{body['experiment_id']}/{run}/artifacts"
        info = {"run_id": run, "status": "RUNNING", "artifact_uri": uri, **body}
        self.runs[run] = {"info": info, "data": {"tags": list(body["tags"])}}
        return {"run": self.runs[run]}

    def _log(self, body: Params) -> Params:
        data = self.runs[body["run_id"]]["data"]
        for kind in ("params", "metrics", "tags"):
            data[kind] = [*data.get(kind, ()), *body.get(kind, ())]
        return {}

    def _update(self, body: Params) -> Params:
        self.runs[body["run_id"]]["info"]["status"] = body["status"]
        return {}


@dataclass
class Tracking:
    """The apps of the account."""

    clock: Clock
    guard: Guard
    s3: Callable[[], Any]
    apps: dict[str, App] = field(default_factory=dict)
    """By ARN."""
    _roles: dict[str, Principal] = field(default_factory=dict)

    def create(self, arn: str, artifacts: str, role_arn: str) -> None:
        """Creates an app, which takes its role on."""
        self._roles[arn] = self.guard.require_assumed(role_arn, "sagemaker.amazonaws.com")
        self.apps[arn] = App(arn, artifacts, self.clock)

    def request(self, uri: str, path: str, body: Params) -> Params:
        """Answers a request to the server of a tracking URI, if the caller may call
        it."""
        if uri not in self.apps:
            raise Invalid(f"The plan has no MLflow at {uri}")
        self.guard.require(Need("sagemaker:CallMlflowAppApi", uri))
        return self.apps[uri].answer(path, body)

    def show(self, app: App) -> None:
        """Somebody looks at the files of a run: the app lists and reads them, as its
        role."""
        role = self._roles[app.arn]
        for run in app.runs.values():
            bucket, _, prefix = run["info"]["artifact_uri"].removeprefix("s3://").partition("/")
            with acting(role):
                s3 = self.s3()
                for item in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]:
                    s3.get_object(Bucket=bucket, Key=item["Key"])

    def module(self, is_isolated: bool) -> types.ModuleType:
        """Returns what `import mlflow` imports in a container, with SageMaker's plugin:
        the functions that scripts of the rehearsal call, by the API's requests. A job
        may be isolated from all networks."""
        found = types.ModuleType("mlflow")
        client = _Client(self, is_isolated)
        for name in ("start_run", "log_params", "log_metrics", "log_dict"):
            setattr(found, name, getattr(client, name))
        return found


class _Client:
    """MLflow's fluent API."""

    def __init__(self, tracking: Tracking, is_isolated: bool) -> None:
        self._tracking, self._is_isolated = tracking, is_isolated
        self._run: Mapping[str, Any] = {}

    @contextlib.contextmanager
    def start_run(self, run_name: str) -> Iterator[None]:
        name = os.environ["MLFLOW_EXPERIMENT_NAME"]
        known = self._tracking.apps[os.environ["MLFLOW_TRACKING_URI"]].experiments
        number = known.get(name) or self._ask("experiments/create", name=name)["experiment_id"]
        tags = json.loads(os.environ.get("MLFLOW_RUN_CONTEXT", "{}"))
        whole = {"mlflow.runName": run_name, **tags}
        self._run = self._ask(
            "runs/create",
            experiment_id=number,
            run_name=run_name,
            start_time=self._now(),
            tags=_pairs(whole),
        )["run"]["info"]
        try:
            yield
        except BaseException:
            self._end("FAILED")
            raise
        self._end("FINISHED")

    def log_params(self, values: Mapping[str, Any]) -> None:
        self._ask("runs/log-batch", run_id=self._run["run_id"], params=_pairs(values))

    def log_metrics(self, values: Mapping[str, float]) -> None:
        now = self._now()
        found = [{"key": k, "value": v, "timestamp": now, "step": 0} for k, v in values.items()]
        self._ask("runs/log-batch", run_id=self._run["run_id"], metrics=found)

    def log_dict(self, value: Mapping[str, Any], file: str) -> None:
        bucket, _, key = f"{self._run['artifact_uri']}/{file}".removeprefix("s3://").partition("/")
        self._tracking.s3().put_object(Bucket=bucket, Key=key, Body=json.dumps(value).encode())

    def _end(self, status: str) -> None:
        self._ask("runs/update", run_id=self._run["run_id"], status=status, end_time=self._now())

    def _ask(self, path: str, **body: Any) -> Mapping[str, Any]:
        if self._is_isolated:
            raise ConnectionError("The container is isolated from all networks")
        return self._tracking.request(os.environ["MLFLOW_TRACKING_URI"], path, body)

    def _now(self) -> int:
        return int(self._tracking.clock.now.timestamp() * 1000)


def _pairs(values: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"key": key, "value": str(value)} for key, value in values.items()]
