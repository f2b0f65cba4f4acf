"""What is live, what is under way, and how the last release ended. A part of the audit
trail that can't be read is reported, and hides nothing else."""

from collections.abc import Mapping
from typing import Any

from groundplan.release.engine import alarms, live
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Unreadable
from groundplan.release.engine.target import Target
from groundplan.release.engine.trail import Trail


def status(clients: Clients, target: Target, trail: Trail) -> dict[str, Any]:
    """Returns what is live, what is under way, and how the last release ended."""
    endpoint = live.endpoint(clients, target.endpoint)
    configuration = live.config(clients, endpoint["EndpointConfigName"])
    model = live.model_of(configuration, target.variant)
    under_way, problem = _under_way(trail)
    past = trail.history()
    last = past.records[-1] if past.records else None
    on = alarms.on(clients, target.rollback_alarms)
    package = live.package_of(clients, model)
    expected = last["live"] if last else None
    return {
        "endpoint": target.endpoint,
        "state": endpoint["EndpointStatus"],
        "stage": live.stage(endpoint),
        "failure_reason": endpoint.get("FailureReason", ""),
        "config": endpoint["EndpointConfigName"],
        "pending_config": live.pending_config(endpoint),
        "model": model,
        "package_arn": package,
        "version": live.version_of(package),
        "alarms_on": [name for name, _ in on],
        "as_recorded": expected in (None, endpoint["EndpointConfigName"]),
        "under_way": under_way,
        "last": last,
        "problems": [*([problem] if problem else []), *past.unreadable],
    }


def _under_way(trail: Trail) -> tuple[dict[str, Any] | None, str]:
    """Returns what is known of the release under way, and what is wrong with its
    lock."""
    try:
        held = trail.held()
        if held is None:
            return None, ""
        if trail.record(held.release) is not None:
            return None, (
                f"The lock of {held.release} is still there, although that release is "
                "over. Fix: `groundplan release resume` removes it"
            )
    except Unreadable as error:
        return _about({}), str(error)
    try:
        return _about(trail.plan(held).as_dict()), ""
    except Unreadable as error:
        return _about(held.plan), str(error)


def _about(plan: Mapping[str, Any]) -> dict[str, Any]:
    kept = (
        "release",
        "kind",
        "version",
        "package_arn",
        "config",
        "from_config",
        "started_at",
        "started_by",
    )
    return {key: plan.get(key) for key in kept}
