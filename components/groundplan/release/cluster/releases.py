"""The releases of an endpoint on a cluster: a candidate beside the pods that serve,
then these, then the record.

    lock -> candidate's pods -> its share of the requests -> all pods -> record

If an alert fires on the way, or nobody knows whether one does, or new pods do not
become ready, the pods serve the former model again, and the record says why.

Nothing waits: each call takes the steps that can be taken. Who reads the objects first
and the lock after them changes nothing that another process has decided differently
meanwhile, since each change names the version of the object that was read.
"""

from collections.abc import Mapping
from typing import Any

from groundplan.release.cluster import judgement
from groundplan.release.cluster import plan as plans
from groundplan.release.cluster.alerts import Alerts
from groundplan.release.cluster.plan import DEPLOY, ROLLBACK, Plan
from groundplan.release.cluster.registry import BucketRegistry, BucketVersion, Decided
from groundplan.release.cluster.target import ClusterTarget
from groundplan.release.cluster.workloads import (
    Api,
    Conflict,
    Model,
    Progress,
    Snapshot,
    Workloads,
)
from groundplan.release.engine import candidates, history
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Busy, Refused
from groundplan.release.engine.history import FAILED, ROLLED_BACK, SUCCEEDED
from groundplan.release.engine.registry import APPROVED, REJECTED
from groundplan.release.engine.trail import Held, Trail

TRIES = 5
"""Of a step that meets changes of others: controllers write the objects' states."""
MINUTE = 60.0


class ClusterReleases:
    """The releases of one endpoint."""

    def __init__(self, clients: Clients, target: ClusterTarget, api: Api, alerts: Alerts) -> None:
        self._clients, self._target, self._alerts = clients, target, alerts
        self._pods = Workloads(api, target)
        self.trail = Trail(clients, target)
        self.registry = registry_of(clients, target)

    def serving(self) -> Model:
        """Returns what serves, or will when the rollout under way has ended."""
        return self._pods.stable().model

    def deploy(self, version: BucketVersion, reason: str) -> None:
        """Begins the release of an approved version that keeps to the gates, if it does
        not serve. Raises `Busy` and `Refused`."""
        decided = self._require_approved(version)
        stable = self._pods.stable()
        model = self._model(version, stable)
        if stable.model.version == model.version:
            return
        if broken := self._broken(version, stable.model.version, decided):
            reason = f"{reason}, despite broken gates: {'; '.join(broken)}"
        if on := self._alerts.on():
            raise Busy(f"Alerts are on, which would end the release: {', '.join(on)}")
        self._begin(DEPLOY, version.number, model, stable, reason)

    def rollback(self, reason: str) -> None:
        """Begins the way back to what served before. Raises `Busy`, and `Refused` if
        there is nothing to go back to."""
        stable = self._pods.stable()
        number, model = self._former(stable.model.version)
        self._begin(ROLLBACK, number, model, stable, reason)

    def advance(self) -> str:
        """Takes the steps of the release under way that can be taken now. Returns what
        it waits for; empty if none is under way."""
        for _ in range(TRIES - 1):
            try:
                return self._advance()
            except Conflict:
                continue  # read again, and decide again
        return self._advance()

    def _begin(
        self, kind: str, number: int | None, model: Model, stable: Snapshot, reason: str
    ) -> None:
        by = self._clients.caller()
        wanted = plans.plan(kind, number, model, stable, self._target, by=by, reason=reason)
        held = self.trail.lock(wanted.as_dict())
        if held.release != wanted.release:
            raise Busy(f"Release {held.release} of {self._target.endpoint} is under way")
        # Another release may have ended between the look at the pods and the lock.
        if self._pods.stable().model not in (wanted.before, wanted.after):
            self.trail.unlock(held)
            raise Busy(f"Another release of {self._target.endpoint} has just ended")

    def _advance(self) -> str:
        stable, canary = self._pods.stable(), self._pods.canary()
        held = self.trail.held()
        if held is None:
            return ""
        if self.trail.record(held.release) is not None:
            self.trail.unlock(held)
            return ""
        plan = Plan.read(held.plan)
        if stable.model not in (plan.before, plan.after):
            return self._lost(held, plan, stable, canary)
        undone = self.trail.noted(plan.release, "undo", ("reason",))
        if (
            undone is None
            and plan.kind == DEPLOY
            and (why := self._unhealthy(plan, stable, canary, held.age))
        ):
            self.trail.note(plan.release, "undo", {"reason": why})
            undone = self.trail.noted(plan.release, "undo", ("reason",))
        if undone is not None:
            return self._undo(held, plan, stable, canary, str(undone["reason"]))
        if canary is not None and plan.canary_replicas and (waits := self._bake(plan, canary)):
            return waits
        return self._promote(held, plan, stable, canary)

    def _unhealthy(self, plan: Plan, stable: Snapshot, canary: Snapshot | None, age: float) -> str:
        """Returns why a release goes back, `age` seconds after its beginning; empty if
        it goes on."""
        if plan.version is not None:
            decided = self.registry.decision(plan.version)
            if decided.approval == REJECTED:
                return f"It was rejected by {decided.by}: {decided.reason}"
        for name, pods in (("candidate", canary), ("pods that serve", stable)):
            if pods is None or pods.model != plan.after or not pods.replicas:
                continue
            progress, why = pods.progress()
            if progress is Progress.STUCK:
                return f"The rollout of the {name} is stuck: {why}"
        # Before the candidate has pods, nothing of the release can be the cause.
        if (canary is not None and canary.model == plan.after) or stable.model == plan.after:
            if on := self._alerts.on():
                return f"Alerts are on: {', '.join(on)}"
            if fired := self._alerts.fired(age):
                return f"Alerts have fired since it began: {', '.join(fired)}"
        return ""

    def _bake(self, plan: Plan, canary: Snapshot) -> str:
        """Has the candidate serve its share. Returns what it waits for; empty once it
        has."""
        if self.trail.noted(plan.release, "baked") is not None:
            return ""
        if self._pods.change(canary, plan.after, plan.canary_replicas, plan.release):
            return f"{plan.canary_replicas} pods of the candidate start"
        progress, why = canary.progress()
        if progress is not Progress.DONE:
            return f"The candidate: {why}"
        self.trail.note(plan.release, "candidate", {"replicas": plan.canary_replicas})
        (noted, *_) = self.trail.entries(f"journal/{plan.release}/candidate")
        if noted.age < plan.bake_minutes * MINUTE:
            share = self._target.canary_percent
            return f"The candidate serves {share} % of the requests for {plan.bake_minutes} minutes"
        self.trail.note(plan.release, "baked", {})
        return ""

    def _promote(self, held: Held, plan: Plan, stable: Snapshot, canary: Snapshot | None) -> str:
        if self._pods.change(stable, plan.after):
            return f"All pods get {plan.after.version}"
        progress, why = stable.progress()
        if progress is Progress.STUCK:  # of a rollback: there is nothing better behind it
            return self._end(held, plan, FAILED, f"The rollout is stuck: {why}")
        if progress is Progress.MOVING:
            return why
        if canary is not None:
            self._pods.scale(canary, 0)
        return self._end(held, plan, SUCCEEDED, plan.reason)

    def _undo(
        self, held: Held, plan: Plan, stable: Snapshot, canary: Snapshot | None, reason: str
    ) -> str:
        if canary is not None:
            self._pods.scale(canary, 0)
        if self._pods.change(stable, plan.before):
            return f"All pods get {plan.before.version} again: {reason}"
        progress, why = stable.progress()
        if progress is Progress.MOVING:
            return f"{why}: {reason}"
        if progress is Progress.STUCK:
            reason = f"{reason}. The way back is stuck too: {why}"
            return self._end(held, plan, FAILED, reason)
        return self._end(held, plan, ROLLED_BACK, reason)

    def _lost(self, held: Held, plan: Plan, stable: Snapshot, canary: Snapshot | None) -> str:
        """Ends a release whose endpoint serves another model than before and after."""
        if self.serving() != stable.model:
            raise Conflict("The endpoint was changed meanwhile")
        if canary is not None:
            self._pods.scale(canary, 0)
        why = f"Somebody else has changed the endpoint to {stable.model.version or 'a model'}"
        return self._end(held, plan, FAILED, why)

    def _end(self, held: Held, plan: Plan, outcome: str, reason: str) -> str:
        number = self.registry.number(plan.before.version)
        self.trail.write(
            {
                "schema": plans.SCHEMA,
                "release": plan.release,
                "kind": plan.kind,
                "endpoint": self._target.endpoint,
                "outcome": outcome,
                "reason": reason,
                "version": plan.version,
                "package_arn": plan.package_arn,
                "from": {**_side(plan.before), "version": number,
                         "package_arn": plan.before.version if number is not None else None},
                "to": _side(plan.after),
                "live": self.serving().version,
                "started_at": plan.started_at,
                "started_by": plan.started_by,
                "ended_by": self._clients.caller(),
            }
        )  # fmt: skip
        self.trail.unlock(held)
        return ""

    def _require_approved(self, version: BucketVersion) -> Decided:
        decided = self.registry.decision(version.number)
        if decided.approval != APPROVED:
            raise Refused(
                f"Version {version.id} is {decided.approval}, not {APPROVED}. Fix: "
                f"`groundplan release approve {self._target.endpoint} {version.number} --reason "
                '"..."`'
            )
        return decided

    def _broken(self, version: BucketVersion, serving: str, decided: Decided) -> list[str]:
        """Returns the gates that a version breaks and that its approval sets aside.
        Raises `Refused` if it breaks others."""
        broken = judgement.broken(self._clients, self._target, self.registry, version, serving)
        if broken and not decided.despite_gates:
            fix = (
                "register a better one; or reject it, register it again, and approve it with "
                "--despite-gates"
            )
            raise Refused(judgement.refusal(version, self._target, broken, fix))
        return broken

    def _model(self, version: BucketVersion, stable: Snapshot) -> Model:
        """Returns what pods serve with a version. Raises `Refused` if they can't."""
        key = self._target.key(version.model_uri)
        if candidates.contents(self._clients, version.model_uri) != version.objects:
            raise Refused(
                f"The model {version.model_uri} is not what was registered as {version.id}: "
                "somebody has changed it since. Fix: register it again"
            )
        if version.environment:
            raise Refused(
                f"Version {version.id} has environment variables, and those of "
                f"{self._target.endpoint} are its stack's. Fix: set `environment` of the endpoint, "
                "and register the version without"
            )
        served = stable.image
        if self._target.engine == "container" and served != version.image:
            raise Refused(
                f"Version {version.id} is served by {version.image}, and {self._target.endpoint} "
                f"has {served}. Fix: set `image` of the endpoint to the version's, by its digest, "
                "and `pulumi up`"
            )
        pinned = str(version.objects["version_id"]) if self._target.archive else ""
        return Model(version.id, key, pinned)

    def _former(self, live: str) -> tuple[int | None, Model]:
        """Returns the verified version before the live one that was not rejected."""
        records = self.trail.records()
        way = history.verified(records)
        known = [index for index, past in enumerate(way) if past.config == live]
        before = way[: known[-1]] if known else way
        models = _models(records)
        for past in reversed(before):
            if past.config == live or past.config not in models:
                continue
            if past.version is not None and (
                self.registry.decision(past.version).approval == REJECTED
            ):
                continue
            return past.version, models[past.config]
        raise Refused(
            f"{self._target.endpoint} has no release to go back to. Fix: approve another version"
        )


def registry_of(clients: Clients, target: ClusterTarget) -> BucketRegistry:
    """Returns the registry of an endpoint."""
    return BucketRegistry(
        clients, target.bucket, target.endpoint, target.kms_key_arn, target.registry_prefix
    )


def _side(model: Model) -> dict[str, Any]:
    return {"config": model.version or model.key or "unknown", "model": vars(model)}


def _models(records: list[Mapping[str, Any]]) -> dict[str, Model]:
    """Returns what records name -> what its pods serve."""
    sides = [record[key] for record in records for key in ("from", "to")]
    return {str(side["config"]): Model(**side["model"]) for side in sides if "model" in side}
