"""The step `gates`: whether the candidate is good enough, beside the champion."""

from groundplan.release.engine import gates, metrics
from groundplan.release.engine.errors import Refused as Unsound
from groundplan.release.engine.gate_spec import Gates
from groundplan.retraining.engine.names import Outcome, Step
from groundplan.retraining.engine.run import Done, Ends, Result, Run
from groundplan.retraining.engine.services import Refused


def take(run: Run) -> Result:
    """Judges the evaluation by the gates."""
    spec = _spec(run)
    if run.services.models.champion().id != run.plan.champion.id:
        message = "Another version serves by now: what waits is considered again, beside that"
        return Ends(Outcome.SUPERSEDED, message)
    if not spec.metrics and not run.settings.approval_required:
        raise Refused("Neither a gate nor a person judges the candidate. Fix: set gates")
    document = metrics.parse(
        run.journal.needed(Step.EVALUATE.value, "metrics")["metrics"], "of the evaluation"
    )
    checks = gates.judge(spec, document.measured, gates.Champion(document.champion))
    plain = [check.as_dict() for check in checks]
    broken = gates.broken(plain)
    data = {"checks": plain, "broken": broken}
    if broken:
        return Ends(Outcome.REJECTED, f"The candidate breaks gates: {'; '.join(broken)}", data)
    return Done(f"The candidate keeps to {len(plain)} checks of {len(spec.metrics)} gates", data)


def _spec(run: Run) -> Gates:
    gates_of_run = run.settings.gates or run.settings.release_target.get("gates") or {}
    try:
        return Gates.read(gates_of_run)
    except Unsound as error:
        raise Refused(str(error)) from None
