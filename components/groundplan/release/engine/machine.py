"""The steps of a release. Each is idempotent, and the next run after a crash resumes
where it stopped.

    model -> configuration -> update -> wait -> verify -> smoke -> record

If the model does not answer the smoke requests, the endpoint returns to its former
configuration before the record is written.

State is read from AWS at every step, never remembered; the journal holds what AWS does
not return. The former configuration stays in AWS: nothing here deletes one.
"""

import datetime
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan.release.engine import alarms, aws, live, smoke
from groundplan.release.engine import plan as plans
from groundplan.release.engine.errors import Refused, Unfinished
from groundplan.release.engine.history import FAILED, ROLLED_BACK, SUCCEEDED
from groundplan.release.engine.plan import Plan
from groundplan.release.engine.target import Target
from groundplan.release.engine.trail import Trail
from groundplan.release.engine.waiting import MARGIN, SETTLING, Patience, Wait

SETTLED_WITH_FAULTS = "UpdateRollbackFailed"
"""The endpoint serves old and new, mixed; an update to a sound configuration mends it
(Developer Guide)."""


class StillMoving(Exception):
    """The endpoint is on its way, and nobody waits for it."""


class _Ended(Exception):
    """The release is over."""

    def __init__(self, outcome: str, step: str, reason: str = "", smoke: str = "none") -> None:
        self.outcome, self.step, self.reason, self.smoke = outcome, step, reason, smoke
        super().__init__(reason)


class Machine:
    """Takes releases of one endpoint to their end."""

    def __init__(
        self,
        clients: aws.Clients,
        target: Target,
        trail: Trail,
        progress: Callable[[str], None],
        now: Callable[[], datetime.datetime],
        patience: Patience,
    ) -> None:
        self._clients, self._target, self._trail = clients, target, trail
        self._progress, self._now, self._patience = progress, now, patience

    def run(self, plan: Plan, wait: bool) -> Mapping[str, Any]:
        """Take all steps that are not yet taken; gives the record.

        Raises `StillMoving` if the endpoint is on its way and `wait` is false,
        `Unfinished` if it took too long, and AWS's own errors where nobody knows
        whether a call took effect.
        """
        try:
            self._steps(plan, wait)
        except _Ended as end:
            return self._trail.write(self._record(plan, end))
        except Refused as error:  # a resource that the release needs is gone
            return self._trail.write(self._record(plan, _Ended(FAILED, "look", str(error))))
        raise AssertionError("a release ends")

    def _steps(self, plan: Plan, wait: bool) -> None:
        failed = self._trail.noted(plan.release, "smoke-failed")
        if failed is None:
            self._model(plan)
            self._config(plan)
            self._move(plan, plan.update_request, plan.from_config, "update", wait)
            self._verify(plan)
            failed = self._smoke(plan)
        if failed is not None:
            self._revert(plan, str(failed["reason"]), wait)
        raise _Ended(
            SUCCEEDED,
            "verified",
            smoke="passed" if plan.smoke or _has_recorded_requests(plan) else "none",
        )

    @contextmanager
    def _definite(self, step: str) -> Iterator[None]:
        """A refusal ends the release here, for nothing is live that was not; what may
        pass is left to a resume."""
        try:
            yield
        except ClientError as error:
            if aws.is_transient(error):
                raise
            raise _Ended(FAILED, step, aws.words(error)) from None

    def _model(self, plan: Plan) -> None:
        if plan.model_request is None:
            return
        self._progress(f"model {plan.model}")
        wanted = dict(plan.model_request)
        with self._definite("model"):
            try:
                self._clients.sagemaker.create_model(**wanted)
            except ClientError as error:
                if not aws.is_there_already(error):
                    raise
                self._same(
                    self._clients.sagemaker.describe_model(ModelName=plan.model),
                    wanted,
                    "model",
                    plan.model,
                )

    def _config(self, plan: Plan) -> None:
        if plan.config_request is None:
            return
        self._progress(f"configuration {plan.config}")
        wanted = dict(plan.config_request)
        with self._definite("configuration"):
            try:
                self._clients.sagemaker.create_endpoint_config(**wanted)
            except ClientError as error:
                if not aws.is_there_already(error):
                    raise
                found = self._clients.sagemaker.describe_endpoint_config(
                    EndpointConfigName=plan.config
                )
                self._same(found, wanted, "configuration", plan.config)

    def _same(
        self, found: Mapping[str, Any], wanted: Mapping[str, Any], step: str, name: str
    ) -> None:
        plain = {
            key: value for key, value in wanted.items() if key != "Tags"
        }  # Describe does not return them
        different = [
            key for key, value in plain.items() if not live.contains(found.get(key), value)
        ]
        if different:
            reason = (
                f"a {step} {name} exists already and differs in {', '.join(different)}: "
                "someone else created it"
            )
            raise _Ended(FAILED, step, reason)

    def _move(
        self, plan: Plan, request: Mapping[str, Any], origin: str, step: str, wait: bool
    ) -> None:
        """Have the endpoint run another configuration than `origin`, and see where it
        ends."""
        if self._trail.noted(plan.release, f"{step}-accepted") is None:
            self._update(plan, request, origin, step, wait)
        asked = self._trail.noted(plan.release, f"{step}-requested") or {}
        waiting = Wait(self._patience, plan.patience_seconds + MARGIN)
        wanted, stage = request["EndpointConfigName"], ""
        while True:
            found = live.endpoint(self._clients, plan.endpoint)
            if live.stage(found) != stage:
                stage = live.stage(found)
                self._progress(f"{step} {plan.endpoint}: {stage}")
            unmoved = (
                found["EndpointConfigName"] == origin
                and not _touched(found, asked)
                and waiting.elapsed < SETTLING
            )
            if found["EndpointStatus"] not in live.MOVING and not unmoved:
                break
            self._pause(plan, waiting, wait)
        self._arrived(found, wanted, origin, step)

    def _update(
        self, plan: Plan, request: Mapping[str, Any], origin: str, step: str, wait: bool
    ) -> None:
        """Call UpdateEndpoint, unless it was called and the answer got lost."""
        waiting = Wait(self._patience, plan.patience_seconds + MARGIN)
        wanted = request["EndpointConfigName"]
        while True:
            found = live.endpoint(self._clients, plan.endpoint)
            current, status = found["EndpointConfigName"], found["EndpointStatus"]
            if current == wanted and status == live.IN_SERVICE:
                break
            if status in live.MOVING:
                if live.pending_config(found) == wanted:
                    break
                self._progress(f"{step} {plan.endpoint}: waiting until it is no longer {status}")
            else:
                asked = self._trail.noted(plan.release, f"{step}-requested")
                if asked is not None and _touched(found, asked) and _new_failure(found, asked):
                    break  # it was called, and SageMaker went back while nobody looked
                if self._call(plan, request, found, origin, step):
                    break
            self._pause(plan, waiting, wait)
        self._trail.note(
            plan.release, f"{step}-accepted", {"at": self._now().isoformat(timespec="seconds")}
        )

    def _call(
        self,
        plan: Plan,
        request: Mapping[str, Any],
        found: Mapping[str, Any],
        origin: str,
        step: str,
    ) -> bool:
        current, status = found["EndpointConfigName"], found["EndpointStatus"]
        if current != origin:
            raise _Ended(
                FAILED, step, f"someone else moved the endpoint to {current}, away from {origin}"
            )
        if status not in (live.IN_SERVICE, SETTLED_WITH_FAULTS):
            raise _Ended(
                FAILED,
                step,
                f"the endpoint is {status}: {found.get('FailureReason', 'no reason given')}",
            )
        before = {
            "last_modified": _modified(found),
            "failure_reason": found.get("FailureReason", ""),
        }
        self._trail.note(plan.release, f"{step}-requested", before)
        self._progress(f"{step} {plan.endpoint} to {request['EndpointConfigName']}")
        with self._definite(step):
            try:
                self._clients.sagemaker.update_endpoint(**request)
            except ClientError as error:
                if not aws.is_in_progress(error):
                    raise
                # By autoscaling or someone else, or by our own call whose answer got
                # lost: look again.
                return False
        return True

    def _pause(self, plan: Plan, waiting: Wait, wait: bool) -> None:
        if not wait:
            raise StillMoving
        if not waiting.again():
            raise Unfinished(
                f"{plan.release} is not over after {waiting.elapsed / 60:.0f} minutes: "
                "the endpoint has not settled. "
                "Fix: look at `groundplan release status`, then `groundplan release resume`"
            )

    def _arrived(self, found: Mapping[str, Any], wanted: str, origin: str, step: str) -> None:
        """Whether what is live is what was asked for. SageMaker calls a rollback
        InService too."""
        current, status = found["EndpointConfigName"], found["EndpointStatus"]
        reason = str(found.get("FailureReason", "")) or "SageMaker gives no reason"
        if status == live.IN_SERVICE and current == wanted:
            return
        if status == live.IN_SERVICE and current == origin:
            outcome = ROLLED_BACK if step == "update" else FAILED
            raise _Ended(outcome, step, f"SageMaker went back to {origin}: {reason}")
        if status == live.IN_SERVICE:
            raise _Ended(
                FAILED,
                step,
                f"someone else moved the endpoint to {current}, while it went to {wanted}",
            )
        raise _Ended(FAILED, step, f"the endpoint is {status}: {reason}")

    def _verify(self, plan: Plan) -> None:
        """Whether the model behind the live configuration comes from the version that
        was asked for."""
        configuration = live.config(self._clients, plan.config)
        package = live.package_of(self._clients, live.model_of(configuration, self._target.variant))
        if plan.package_arn is not None and package != plan.package_arn:
            raise _Ended(
                FAILED,
                "verify",
                (
                    f"the live model comes from {package or 'no model package'}, not "
                    f"{plan.package_arn}"
                ),
            )

    def _smoke(self, plan: Plan) -> Mapping[str, Any] | None:
        """Send the recorded requests, if there are any. Gives what went wrong."""
        failed = self._smoke_of_gates(plan)
        if failed is not None or plan.smoke is None:
            return failed
        self._progress(f"smoke test of {plan.endpoint}")
        accept = {"Accept": plan.smoke.accept} if plan.smoke.accept else {}
        try:
            self._clients.invocations.invoke_endpoint(
                EndpointName=plan.endpoint,
                Body=plan.smoke.payload,
                ContentType=plan.smoke.content_type,
                **accept,
            )["Body"].read()
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, aws.CREDENTIALS) or aws.code(error) in {
                *aws.EXPIRED,
                "ThrottlingException",
            }:
                raise
            failed = {"reason": f"the smoke test failed: {aws.words(error)}"}
            self._trail.note(plan.release, "smoke-failed", failed)
            return failed
        return None

    def _smoke_of_gates(self, plan: Plan) -> Mapping[str, Any] | None:
        """Send the requests that the endpoint's gates name. Their results are in
        the journal, and in the record."""
        if not _has_recorded_requests(plan):
            return None
        result = self._trail.noted(plan.release, "smoke")
        if result is None:
            self._progress(f"recorded requests to {plan.endpoint}")
            watch = smoke.Watch(self._patience.clock, self._patience.sleep)
            outcome = smoke.after_release(self._clients, plan.endpoint, plan.gates, watch).as_dict()
            self._trail.note(plan.release, "smoke", outcome)
            result = (
                self._trail.noted(plan.release, "smoke") or outcome
            )  # another's, if that was first
        if result["passed"]:
            return None
        failed = {"reason": f"the smoke test failed: {result['reason']}"}
        self._trail.note(plan.release, "smoke-failed", failed)
        return failed

    def _revert(self, plan: Plan, reason: str, wait: bool) -> None:
        """Go back from a model that does not answer. Always raises `_Ended`."""
        if plan.kind == plans.ROLLBACK:
            # There is nothing better behind it: what it came from was bad enough to be
            # left.
            raise _Ended(
                FAILED, "smoke", f"{reason}; the endpoint stays on {plan.config}", "failed"
            )
        self._move(plan, plan.revert_request, plan.config, "revert", wait)
        raise _Ended(
            ROLLED_BACK,
            "smoke",
            f"{reason}; the endpoint was moved back to {plan.from_config}",
            "failed",
        )

    def _record(self, plan: Plan, end: _Ended) -> dict[str, Any]:
        """The truth about a release, at its end."""
        try:
            current: str | None = live.endpoint(self._clients, plan.endpoint)["EndpointConfigName"]
        except Refused:
            current = None
        since = datetime.datetime.fromisoformat(plan.started_at)
        names = () if end.outcome == SUCCEEDED else self._target.rollback_alarms
        return {
            "schema": 1,
            "release": plan.release,
            "kind": plan.kind,
            "endpoint": plan.endpoint,
            "region": self._target.region,
            "outcome": end.outcome,
            "step": end.step,
            "reason": end.reason,
            "version": plan.version,
            "package_arn": plan.package_arn,
            "artifacts": plan.artifacts,
            "approval": plan.approval,
            "from": {
                "config": plan.from_config,
                "package_arn": plan.from_package,
                "version": live.version_of(plan.from_package),
            },
            "to": {"config": plan.config, "model": plan.model},
            "live": current,
            "deployment_config": plan.update_request.get("DeploymentConfig", {}),
            "alarms_fired": alarms.fired(self._clients, names, since),
            "smoke": end.smoke,
            "smoke_requests": self._trail.noted(plan.release, "smoke")
            if _has_recorded_requests(plan)
            else None,
            "gates": plan.gates,
            "why": plan.reason,
            "started_at": plan.started_at,
            "started_by": plan.started_by,
            "ended_at": self._now().isoformat(timespec="seconds"),
            "ended_by": self._clients.caller(),
        }


def _has_recorded_requests(plan: Plan) -> bool:
    """Whether the gates that a version was judged by send requests to what is live
    then."""
    return plan.kind == plans.DEPLOY and bool(plan.gates.get("smoke"))


def _modified(found: Mapping[str, Any]) -> str:
    return str(found.get("LastModifiedTime", ""))


def _touched(found: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Whether the endpoint was changed since the update was asked for."""
    return _modified(found) != str(asked.get("last_modified", ""))


def _new_failure(found: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Returns whether SageMaker reports a failure that it did not report before."""
    reason = str(found.get("FailureReason", ""))
    return reason not in ("", str(asked.get("failure_reason", "")))
