"""The last steps of a release: whether what is live is the version that was asked for,
and answers."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine import live, smoke
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.ending import Ended
from groundplan.release.engine.history import FAILED
from groundplan.release.engine.plan import Plan
from groundplan.release.engine.target import Target
from groundplan.release.engine.trail import Trail
from groundplan.release.engine.waiting import Patience


class Proof:
    """Verifies what is live, and sends it the smoke test."""

    def __init__(
        self,
        clients: Clients,
        target: Target,
        trail: Trail,
        progress: Callable[[str], None],
        patience: Patience,
    ) -> None:
        self._clients, self._target, self._trail = clients, target, trail
        self._progress, self._patience = progress, patience

    def verify(self, plan: Plan) -> None:
        """Whether the model behind the live configuration comes from the version that
        was asked for."""
        configuration = live.config(self._clients, plan.config)
        package = live.package_of(self._clients, live.model_of(configuration, self._target.variant))
        if plan.package_arn is not None and package != plan.package_arn:
            raise Ended(
                FAILED,
                "verify",
                (
                    f"the live model comes from {package or 'no model package'}, not "
                    f"{plan.package_arn}"
                ),
            )

    def smoke(self, plan: Plan) -> Mapping[str, Any] | None:
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
        if not plan.has_recorded_requests:
            return None
        result = self._trail.noted(plan.release, "smoke", ("passed", "reason"))
        if result is None:
            self._progress(f"recorded requests to {plan.endpoint}")
            watch = smoke.Watch(self._patience.clock, self._patience.sleep)
            outcome = smoke.after_release(self._clients, plan.endpoint, plan.gates, watch).as_dict()
            self._trail.note(plan.release, "smoke", outcome)
            result = (
                self._trail.noted(plan.release, "smoke", ("passed", "reason")) or outcome
            )  # another's, if that was first
        if result["passed"]:
            return None
        failed = {"reason": f"the smoke test failed: {result['reason']}"}
        self._trail.note(plan.release, "smoke-failed", failed)
        return failed
