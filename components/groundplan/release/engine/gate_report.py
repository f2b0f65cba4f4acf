"""The gate report of a version: what was compared with what, which gates hold, and who
must sign. Plain data, with a digest.

The digest covers all that a person decides on: the two versions, their metrics'
files, the gates and their verdicts, the recorded requests. The times and names of a
smoke test's answers are no part of it.
"""

import datetime
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from groundplan.release.engine import (
    datasets,
    gates,
    live,
    metrics,
    recorded,
    registry,
    sign_off,
    smoke,
    staging,
)
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.gate_spec import Gates
from groundplan.release.engine.metrics import Document
from groundplan.release.engine.registry import Version
from groundplan.release.engine.smoke import Outcome
from groundplan.release.engine.target import Target
from groundplan.release.engine.trail import Trail
from groundplan.release.engine.waiting import Patience

SCHEMA = 1


def build(clients: Clients, target: Target, version: Version) -> dict[str, Any]:
    """Returns the report of a version beside what serves now. Changes nothing. Raises
    `Refused` if something can't be read."""
    spec = Gates.read(target.gates)
    document = metrics.read(clients, version.arn) if spec.metrics else None
    champion, side = _champion(clients, target, document) if spec.metrics else (None, None)
    checks = []
    if spec.metrics:
        measured = document.measured if document else metrics.Measured()
        checks = [check.as_dict() for check in gates.judge(spec, measured, side)]
    tried = _tried(clients, target, version, spec)
    trained = datasets.trained_on(clients, version.properties, target.audit_bucket)
    broken = [*gates.broken(checks), *(found.problem for found in trained if found.problem)]
    if spec.metrics and document is None:
        broken.insert(
            0,
            (
                "the version has no metrics (ModelMetrics.ModelQuality.Statistics): register "
                "it with them"
            ),
        )
    if tried and not tried["ok"]:
        broken.append(tried["reason"])
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "endpoint": target.endpoint,
        "candidate": {
            "version": version.version,
            "package_arn": version.arn,
            "metrics": _source(document),
        },
        "champion": champion,
        "gates": dict(target.gates),
        "checks": checks,
        "smoke": tried,
        "sign_off": {
            "required": sign_off.required(target, spec),
            "approvers": list(spec.sign_off.approvers),
        },
        "broken": broken,
        "passed": not broken,
    }
    if trained:
        found["datasets"] = [dataset.as_dict() for dataset in trained]
    return {**found, "digest": digest(found)}


def digest(report: Mapping[str, Any]) -> str:
    """Returns what a sign-off is bound to."""
    text = json.dumps(
        {key: report[key] for key in sorted(report) if key != "digest"}, sort_keys=True, default=str
    )
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def enforce(
    clients: Clients, target: Target, version: Version, override: str = ""
) -> dict[str, Any]:
    """Returns the report as the release's plan keeps it. Raises `Refused` unless all
    gates hold, or `override` says why not.

    An override sets broken gates aside, never a missing sign-off: the person who signs
    sees the broken gates, too.
    """
    report = build(clients, target, version)
    wrong = sign_off.sign_off_problems(version, report)
    name = f"Version {version.version} of {target.model_package_group}"
    if report["broken"] and not override.strip():
        sentences = "\n".join(f"  - {sentence}" for sentence in report["broken"])
        raise Refused(
            f"{name} breaks {len(report['broken'])} of the gates of {target.endpoint}:\n"
            f"{sentences}\n"
            'Fix: see `groundplan release gate`; train a better one, or --override "why '
            'it goes live all the same"'
        )
    if wrong:
        raise Refused(
            f"{name} is not signed off for {target.endpoint}: {'; '.join(wrong)}. "
            f"Fix: an approver runs `groundplan release approve TARGET {version.version} "
            '--reason "..."`'
        )
    kept = {**report, "signed_by": version.approved_by if report["sign_off"]["required"] else ""}
    if report["broken"]:
        kept["override"] = {"reason": override.strip(), "by": clients.caller()}
    return kept


def approve(
    clients: Clients,
    target: Target,
    version: Version,
    reason: str,
    now: datetime.datetime,
    despite_gates: bool = False,
) -> Version:
    """Approve a version; where the endpoint has gates, as the sign-off of its report.
    Raises `Refused` if the caller may not, or if a gate is broken, unless it is
    `despite_gates`."""
    if not target.gates:
        return registry.decide(clients, target, version, approve=True, reason=reason, now=now)
    return sign_off.sign(
        clients, target, version, build(clients, target, version), reason, now, despite_gates
    )


def stage(
    clients: Clients,
    target: Target,
    version: Version,
    progress: Callable[[str], None] = lambda _text: None,
    patience: Patience = Patience(),  # noqa: B008 (frozen)
) -> Outcome:
    """Send the recorded requests to a short-lived endpoint of the version's own. That
    it passed is kept beside the trail."""
    spec = Gates.read(target.gates).smoke
    if spec is None:
        raise Refused(
            f"{target.endpoint} has no recorded requests. Fix: set gates.smoke.payloads, "
            "and `pulumi up`"
        )
    recording = recorded.load(clients, spec.payloads)
    with staging.staged(clients, target, version, progress, patience) as endpoint:
        progress(f"{endpoint}: {len(recording.requests)} recorded requests")
        outcome = smoke.run(
            clients, endpoint, spec, recording, smoke.Watch(patience.clock, patience.sleep)
        )
    if outcome.passed:
        evidence = {"package_arn": version.arn, **outcome.as_dict(), "by": clients.caller()}
        Trail(clients, target).note(_journal(version), _step(recording.digest), evidence)
    return outcome


def _tried(
    clients: Clients, target: Target, version: Version, spec: Gates
) -> dict[str, Any] | None:
    """Returns what is known of recorded requests before the release."""
    if spec.smoke is None:
        return None
    recording = recorded.load(clients, spec.smoke.payloads)
    plain = {
        "payloads": spec.smoke.payloads,
        "digest": recording.digest,
        "requests": len(recording.requests),
    }
    if not spec.smoke.staging:
        return {
            **plain,
            "ok": True,
            "reason": "sent to the endpoint when it is live; it goes back if they fail",
        }
    evidence = Trail(clients, target).noted(
        _journal(version), _step(recording.digest), ("package_arn", "digest")
    )
    ok = (
        evidence is not None
        and evidence["package_arn"] == version.arn
        and evidence["digest"] == recording.digest
    )
    fix = (
        "not yet answered by an endpoint of its own: run `groundplan release gate TARGET "
        f"{version.version} --smoke`"
    )
    return {
        **plain,
        "ok": ok,
        "reason": "answered by an endpoint of its own"
        if ok
        else f"the recorded requests are {fix}",
    }


def _champion(
    clients: Clients, target: Target, candidate: Document | None
) -> tuple[dict[str, Any] | None, gates.Champion | None]:
    """Returns the live version, and how good it is; None if nothing of the registry is
    live."""
    config = live.config(clients, live.endpoint(clients, target.endpoint)["EndpointConfigName"])
    arn = live.package_of(clients, live.model_of(config, target.variant))
    if arn is None:
        return None, None
    about = {"version": live.version_of(arn), "package_arn": arn}
    if candidate is not None and candidate.champion is not None and candidate.champion_arn == arn:
        return {**about, "metrics": _source(candidate)}, gates.Champion(candidate.champion)
    document = metrics.read(clients, arn)
    return {**about, "metrics": _source(document)}, gates.Champion(
        document.measured if document else None
    )


def _source(document: Document | None) -> dict[str, str] | None:
    return None if document is None else {"uri": document.uri, "digest": document.digest}


def _journal(version: Version) -> str:
    return f"gate-v{version.version}"


def _step(digest: str) -> str:
    return f"smoke-{digest.removeprefix('sha256:')[:16]}"


def find(clients: Clients, target: Target, version: int | None) -> Version:
    """A version to be judged: the one that is named, or the newest that is complete and
    not rejected."""
    if version is not None:
        return registry.find(clients, target, version)
    for candidate in registry.versions(clients, target, limit=10_000):
        if candidate.status == "Completed" and candidate.approval != registry.REJECTED:
            return registry.describe(clients, candidate.arn)
    raise Refused(f"{target.model_package_group} has no version to judge. Fix: register one")
