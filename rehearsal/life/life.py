"""A model's life: each step, what is expected of it, and what came of it."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan import catalog
from groundplan.manifest.model import Manifest, Resource
from groundplan.release.engine.target import Target
from groundplan.release.engine.trail import Trail
from groundplan.retraining.engine import person as decision
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.sagemaker.services import connect
from groundplan.retraining.engine.settings import RetrainingSettings

from rehearsal.account.account import Account, opened
from rehearsal.account.alarms import ALARM, Alarm
from rehearsal.account.deployment import DEPLOYER, Deployment
from rehearsal.account.names import Names, UnresolvedReference
from rehearsal.expectations import Unexpected, require
from rehearsal.life import (
    asking,
    experiments,
    feeding,
    hospital,
    pipeline_jobs,
    pipelines,
    token_callers,
    tracing,
)
from rehearsal.life.api import OverApi
from rehearsal.life.baselines import baseline
from rehearsal.life.people import APPROVER, SCIENTIST, People
from rehearsal.life.traffic import Traffic
from rehearsal.machine.mlflow_server import Server
from rehearsal.permissions.guard import acting
from rehearsal.permissions.policies import InvalidPolicy, Need, Policies
from rehearsal.report.timeline import Step, StepFailed, Timeline

HOUR = 3600
APPROVAL_SECONDS = 1200
"""Seconds until the approver reads a notification."""
STEPS = {
    "decide": "a run of retraining begins",
    "dataset": "its data is resolved",
    "train": "the candidate is trained",
    "evaluate": "candidate and champion are evaluated",
    "gates": "the gates are judged",
    "register": "the candidate is registered",
    "approval": "the candidate is approved",
    "release": "the candidate is released by canary",
    "watch": "the endpoint was watched",
}
"""Steps of a run, as the timeline calls them."""


@dataclass
class Life:
    """One model, one endpoint, one account."""

    account: Account
    manifest: Manifest
    timeline: Timeline
    name: str = ""
    """What the settings call the endpoint."""
    runs: list[dict[str, str]] = field(default_factory=list)
    """Training runs of people: record and model."""
    mlflow: Server | None = None
    """The MLflow of this machine; None without."""

    def __post_init__(self) -> None:
        outputs = self.account.names.value(self.manifest.outputs)
        self.name, target = next(iter(outputs["releaseTargets"].items()))
        self.target = Target.read(self.name, target)
        retraining = outputs["retraining"][self.name]
        self.settings = RetrainingSettings.read(json.dumps(retraining))
        self.dataset, _, _ = retraining["dataset"].partition(":")
        self.held_out, _, _ = retraining["evaluation"]["held_out"].partition(":")
        self.endpoint = retraining["endpoint"]
        self.people = People(
            self.account,
            self.manifest,
            outputs["artifactBucket"],
            outputs["artifactKeyArn"],
            self.target,
            self._image(),
        )
        exporter = hospital.role(self.people.bucket, self.people.key_arn)
        self.account.guard.policies.roles[exporter.arn] = exporter
        self.api = OverApi(self.account, self.name)
        monitor = self._monitor()
        self.baseline_uri = monitor["job"]["baseline"]
        labels = monitor["job"]["labels"].removeprefix("s3://").partition("/")[2]
        self.traffic = Traffic(self.account, self.endpoint, self.people.bucket, labels)

    def _image(self) -> str:
        """The image of runs, by its digest: what the retraining pipeline may pull."""
        digest = "0123456789abcdef" * 4
        for role in self.account.guard.policies.roles.values():
            for statement in role.statements:
                if statement.sid == "PullImage" and "training" in role.name:
                    repository = statement.resources[0].rpartition("repository/")[2]
                    registry = f"123456789012.dkr.ecr.{self.account.names.region}.amazonaws.com"
                    return f"{registry}/{repository}@sha256:{digest}"
        raise Unexpected("No role of the plan pulls a training image")

    def _monitor(self) -> Mapping[str, Any]:
        for function in self._resources("lambda.Function"):
            variables = function.inputs.get("environment", {}).get("variables", {})
            for text in variables.values():
                if '"baseline"' in text:
                    found: Mapping[str, Any] = json.loads(self.account.names.value(text))
                    return found
        raise Unexpected("No function of the plan checks the endpoint")

    def _resources(self, key: str) -> Iterator[Resource]:
        return (r for r in self.manifest if r.custom and catalog.key(r.type) == key)

    # The steps.

    def live(self) -> None:
        """Goes through the whole life. Raises `StepFailed`."""
        pipeline_jobs.look_before(self)
        self.deploy()
        pipeline_jobs.verify(self, "the pipeline verifies what it has deployed")
        pipeline_jobs.push_image(self)
        feeding.first(self)
        self.train("the model is trained", imputes=True)
        self.release(self.runs[-1], "the first model")
        self.serve()
        feeding.broken(self)
        self.drift()
        pipeline_jobs.go_back(self)
        self.retrain()
        self.bad_candidate()
        asking.ask(self)
        tracing.trace(self)
        token_callers.ask(self)
        pipeline_jobs.look_for_drift(self)
        pipeline_jobs.approve(self)
        pipeline_jobs.verify(self, "the pipeline verifies the environment again")
        asking.give_up(self)
        experiments.check(self)

    def serve(self) -> None:
        """The endpoint answers requests, and the checks find nothing."""
        with self.timeline.step("traffic is served, and a check finds nothing") as step:
            digest = self.write_baseline(scanner=1)
            self.traffic.begin()
            found = self._checked()
            require(found["status"] == "ok", f"the check says {found['status']}: {found['alarms']}")
            step.result = f"{self._served()} against baseline {digest[7:15]}: ok"

    def drift(self) -> None:
        """The hospital changes its scanner; the next check finds out."""
        with self.timeline.step("drift is injected") as step:
            self.traffic.scanner = 2
            version = feeding.drifted(self)
            step.result = f"another scanner; labelled data is {feeding.short(version)}"
        self.account.held = []
        with self.timeline.step("drift is detected") as step:
            self.account.clock.advance(HOUR / 2)  # the window has both scanners' rows
            found = self._checked()
            require(found["status"] == "alarm", f"the check says {found['status']}")
            require(self.account.held, "no event began a run")
            alarm = self.alarm("drift")
            require(alarm.state == ALARM, f"alarm {alarm.name} is {alarm.state}")
            step.result = f"{len(found['alarms'])} alarms, such as {found['alarms'][0]}"
            step.facts["alarms"] = found["alarms"]

    def retrain(self) -> None:
        """The state machine retrains, and releases the better champion."""
        account, before = self.account, len(self.account.ended)
        account.heard = self._heard
        with self.timeline.step("the better champion serves") as step:
            worse = self._accuracy(30)
            account.start_held()
            account.clock.until(lambda: len(account.ended) == len(account.machines), 6 * HOUR)
            ended = [e for e in account.ended[before:] if e.states[-1] == "Released"]
            states = [(e.status, e.states[-1], e.error) for e in account.ended[before:]]
            require(ended, f"no run released a model: {states}{self.errors()}")
            faults = [fault for e in account.ended[before:] for fault in e.faults]
            require(not faults, f"tasks failed: {faults}")
            record = self.records()[-1]
            require(record["outcome"] == "succeeded", f"the release {record['outcome']}")
            better = self._accuracy(30)
            require(better > worse, f"{better:.3f} of the answers are right, before {worse:.3f}")
            self.write_baseline(scanner=2)
            step.result = (
                f"version {record['version']}: {better:.1%} of the answers are right, "
                f"with the former one {worse:.1%}"
            )
            step.facts |= {"before": worse, "after": better}

    def bad_candidate(self) -> None:
        """A candidate that passes its gates fails on what the hospital really asks."""
        self.train("a candidate without imputation is trained", imputes=False)
        run, what = self.runs[-1], "the bad candidate"
        version = self.propose(run, what)
        with self.timeline.step("the bad candidate is rolled back by its alarm") as step:
            endpoint = self.account.endpoints.endpoints[self.endpoint]
            champion = endpoint.config
            clock = self.account.clock
            require(clock.until(lambda: endpoint.update, 600), "no release began")
            clock.until(lambda: endpoint.update is None, HOUR)
            clock.advance(300)
            require(endpoint.config == champion, "the bad candidate serves")
            record = self.records()[-1]
            require(record["package_arn"] == version, "its release has no record")
            require(record["outcome"] == "rolled-back", f"it {record['outcome']}")
            alarm = self.alarm("releases-not-live", metric=True)
            fired = [i for i in self.account.metrics.history if i["AlarmName"] == alarm.name]
            require(fired, f"alarm {alarm.name} notified nobody")
            failed = sum(m.failed for m in self.traffic.minutes)
            clock.advance(600)
            after = sum(m.failed for m in self.traffic.minutes[-5:])
            require(after == 0, f"{after} requests failed after it")
            step.result = f"{endpoint.reason}; {failed} requests had failed, then none"

    # What the product says.

    def _checked(self) -> dict[str, Any]:
        """Passes time until the next check has ended. Returns its answer."""
        answers: list[dict[str, Any]] = []
        before = self.account.heard

        def heard(kind: str, what: Any) -> None:
            before(kind, what)
            if kind == "answer" and "report" in what[1]:
                answers.append(what[1])

        self.account.heard = heard
        self.account.clock.until(lambda: answers, 2 * HOUR)
        self.account.heard = before
        require(answers, f"no check ended{self.errors()}")
        self.account.clock.advance(120)
        return answers[-1]

    def _heard(self, kind: str, what: Any) -> None:
        """Notes the steps of a run, and has the approver act when people are asked."""
        if kind == "answer" and what[1].get("status") == "next" and what[1].get("notify"):
            self.timeline.note(STEPS.get(what[1]["step"], what[1]["step"]), what[1]["message"])
        if kind == "notification" and "groundplan retraining approve" in what[1]:
            self.account.clock.after(APPROVAL_SECONDS, self._approve_run)

    def _approve_run(self) -> None:
        with acting(APPROVER):
            pipeline = Pipeline(self.settings, connect(self.settings))
            decision.approve(decision.open_run(pipeline), "the new scanner")

    def alarm(self, name: str, metric: bool = False) -> Alarm:
        """Returns the alarm with a name, or on a metric."""
        for alarm in self.account.metrics.alarms.values():
            of = str(alarm.inputs.get("metricName", "")) if metric else alarm.name
            if name in of:
                return alarm
        raise Unexpected(f"The plan has no alarm {name}")

    def _served(self) -> str:
        minutes = self.traffic.minutes
        requests, failed = sum(m.requests for m in minutes), sum(m.failed for m in minutes)
        return f"{requests} requests, {failed} failed"

    def _accuracy(self, minutes: int) -> float:
        """The share of the answers of the last minutes that are right."""
        last = self.traffic.minutes[-minutes:]
        return sum(m.right for m in last) / max(1, sum(m.rows for m in last))

    def deploy(self) -> None:
        """Deploys the plan."""
        account, stack = self.account, self.manifest.stack
        with self.timeline.step("the plan is deployed") as step:
            pipelines.create_state(account)
            job = pipelines.deploying(account, stack)
            count = Deployment(self.manifest, account.names, account, job).run()
            pipelines.write_state(account, job, pipelines.state(account, self.manifest))
            account.cloud_control.deployed(self.manifest)
            roles = len(account.guard.policies.roles)
            step.result = f"{count} resources of {stack}, {roles} roles, by the deploy role"
        with self.timeline.step("a pull request plans") as step:
            job = pipelines.planning(account)
            size = len(pipelines.read_state(account, job))
            pipelines.refresh(account, self.manifest, job)
            data = Need("s3:GetObject", f"arn:aws:s3:::{self.people.bucket}/models/x")
            with acting(job):
                require(not account.guard.allows(data), "a pull request may read models")
            step.result = f"it reads the state, {size:,} bytes, what is there, and no data"

    def train(self, name: str, imputes: bool) -> None:
        """Trains a model by a `TrainingJob`."""
        with self.timeline.step(name) as step:
            plan = self.people.training(feeding.latest(self, self.dataset), imputes)
            names = Names(plan)
            self.account.guard.policies.merge(Policies(plan, names))
            Deployment(plan, names, self.account).run()
            job = next(r for r in plan if r.custom and r.type.endswith(":TrainingJob"))
            component = next(r for r in plan if r.type == "groundplan:index:TrainingJob")
            outputs = names.value(component.outputs)
            running = self.account.jobs.jobs[names.name(job)]
            self.account.clock.until(lambda: running.status != "InProgress", HOUR)
            require(running.status == "Completed", f"the job {running.status}: {running.reason}")
            self.runs.append({"record": outputs["recordUri"], "model": running.outcome["model"]})
            step.result = f"job {names.name(job)}"

    def release(self, run: Mapping[str, str], what: str) -> None:
        """Brings a model live, and waits for the end of its release."""
        arn = self.propose(run, what, by_api=True)
        with self.timeline.step(f"{what} is released by canary") as step:
            self._released(step, arn)

    def propose(self, run: Mapping[str, str], what: str, by_api: bool = False) -> str:
        """Evaluates, registers and approves a model, through the API or as the commands
        do. Returns its version."""
        with self.timeline.step(f"{what} is evaluated") as step:
            metrics = self.people.measure(run["model"], feeding.latest(self, self.held_out))
            step.facts["metrics"] = {k: v["value"] for k, v in metrics.items()}
            step.result = spoken(metrics)
        if by_api:
            return self._propose_by_api(run, what, metrics)
        with self.timeline.step(f"{what} is registered") as step:
            version = self.people.register(run, metrics)
            step.result = f"version {version.version}, {version.approval}"
        with self.timeline.step(f"{what} is approved") as step:
            self.people.approve(version.arn, f"{what}: {spoken(metrics)}")
            step.result = "by kim, who signed the gate report"
        return version.arn

    def _propose_by_api(self, run: Mapping[str, str], what: str, metrics: Mapping[str, Any]) -> str:
        with self.timeline.step(f"{what} is registered") as step:
            version = self.api.register(self.people.registration(run, metrics))
            step.result = f"version {version}, by jo through the API"
        with self.timeline.step(f"{what} is approved") as step:
            refused = self.api.sent(
                SCIENTIST,
                "POST",
                f"/versions/{version}/decision",
                {"decision": "approve", "reason": "it is mine"},
            )
            require(refused.status == 403, f"who registers may approve: {refused.status}")
            arn = self.api.decide(version, "approve", f"{what}: {spoken(metrics)}")
            step.result = "by kim through the API, who signed the gate report; jo may not"
        return arn

    def _released(self, step: Step, arn: str) -> None:
        clock, endpoint = self.account.clock, self.account.endpoints.endpoints[self.endpoint]
        clock.until(lambda: endpoint.update is not None, 600)
        require(endpoint.update is not None, f"no release began{self.errors()}")
        clock.until(lambda: endpoint.update is None, HOUR)
        clock.advance(60)
        require(not endpoint.reason, f"it was rolled back: {endpoint.reason}")
        record = self.records()[-1]
        require(record["package_arn"] == arn, f"the last release is of {record['package_arn']}")
        require(record["outcome"] == "succeeded", f"{record['outcome']}: {record.get('reason')}")
        shares = [share for _, _, share in self.account.endpoints.shares]
        step.result = f"{shares[-2]:.0%} of the requests, then all; no alarm was on"

    def records(self) -> list[dict[str, Any]]:
        """Returns the records of the endpoint's releases, the oldest first."""
        with acting(DEPLOYER):
            return [dict(r) for r in Trail(self.people.clients(), self.target).records()]

    def errors(self) -> str:
        """Returns the last error of the functions, for a message."""
        found = [error for f in self.account.functions.values() for error in f.errors]
        return f"; functions failed: {found[-1]}" if found else ""

    def write_baseline(self, scanner: int) -> str:
        """Writes the baseline that checks compare with."""
        model = self.account.endpoints.endpoints[self.endpoint].server
        if model is None:
            raise Unexpected("the endpoint has no model")
        with acting(DEPLOYER):
            return baseline(model, scanner, self.baseline_uri)


def spoken(metrics: Mapping[str, Any]) -> str:
    """Returns metrics in a few words."""
    return ", ".join(f"{name} {metric['value']:.3f}" for name, metric in metrics.items())


@contextlib.contextmanager
def beginning(
    manifest: Manifest,
    changed: Callable[[Step], None] = lambda _step: None,
    requests_per_minute: int = 6,
) -> Iterator[Life]:
    """A life in a new account. Raises `StepFailed` for a plan that can't be read."""
    with contextlib.ExitStack() as stack:
        try:
            account = stack.enter_context(opened(manifest))
            life = Life(account, manifest, Timeline(account, changed))
        except (UnresolvedReference, InvalidPolicy, Unexpected, KeyError) as error:
            raise StepFailed("the plan is read", f"{type(error).__name__}: {error}") from error
        life.traffic.per_minute = requests_per_minute
        yield life
