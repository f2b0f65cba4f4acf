"""The schedule of the queues."""

from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pytest
from groundplan.testing import deploy
from groundplan.training.choices import RunningJobs
from groundplan.training.queues import schedule_args
from groundplan.training.queues.schedule import Schedule
from groundplan.training.queues.schedule_args import ScheduleArgs

WORKDAYS: ScheduleArgs = {"close": "19:30", "open": "07:00", "time_zone": "Europe/Berlin"}


def jobs(
    arguments: ScheduleArgs, queues: tuple[str, ...] = ("research", "default")
) -> dict[str, Any]:
    spec = schedule_args.resolve(arguments)
    plan = deploy(lambda: Schedule("training", spec, queues, opts=pulumi.ResourceOptions()))
    return {r.name: r.inputs for r in plan.manifest if r.custom}


def test_queues_close_every_evening_and_open_on_working_days() -> None:
    manifests = jobs(WORKDAYS)

    close, opened = manifests["training-night"]["spec"], manifests["training-morning"]["spec"]
    assert (close["schedule"], close["timeZone"]) == ("30 19 * * *", "Europe/Berlin")
    assert (opened["schedule"], opened["timeZone"]) == ("0 7 * * 1-5", "Europe/Berlin")


@pytest.mark.parametrize(
    ("running", "policy"),
    [(None, "Hold"), (RunningJobs.FINISH, "Hold"), (RunningJobs.STOP, "HoldAndDrain")],
)
def test_running_jobs_finish_unless_they_are_to_be_stopped(
    running: RunningJobs | None, policy: str
) -> None:
    arguments: ScheduleArgs = {**WORKDAYS, "running_jobs": running} if running else WORKDAYS
    (container,) = jobs(arguments)["training-night"]["spec"]["jobTemplate"]["spec"]["template"][
        "spec"
    ]["containers"]
    assert container["args"] == [
        "patch",
        "clusterqueues.kueue.x-k8s.io",
        "default",
        "research",
        "--type=merge",
        f'--patch={{"spec":{{"stopPolicy":"{policy}"}}}}',
        "--cache-dir=/cache",
    ]


def test_the_second_job_opens_the_same_queues() -> None:
    (container,) = jobs(WORKDAYS)["training-morning"]["spec"]["jobTemplate"]["spec"]["template"][
        "spec"
    ]["containers"]
    assert container["args"][2:4] == ["default", "research"]
    assert '--patch={"spec":{"stopPolicy":"None"}}' in container["args"]


def test_weekends_open_where_somebody_works_then() -> None:
    assert (
        jobs({**WORKDAYS, "weekends": True})["training-morning"]["spec"]["schedule"] == "0 7 * * *"
    )


def test_the_jobs_may_touch_these_queues_and_nothing_else() -> None:
    manifests = jobs(WORKDAYS)

    assert manifests["training-night-role"]["rules"] == [
        {
            "apiGroups": ["kueue.x-k8s.io"],
            "resources": ["clusterqueues"],
            "verbs": ["get", "patch"],
            "resourceNames": ["default", "research"],
        }
    ]
    assert manifests["training-night-binding"]["subjects"] == [
        {"kind": "ServiceAccount", "name": "night", "namespace": "kueue-system"}
    ]
    pod = manifests["training-night"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == "night"
    assert pod["securityContext"]["runAsNonRoot"] is True


@pytest.mark.parametrize("version", ["1.35", "1.36"])
def test_all_objects_are_valid_for_kubernetes(version: str) -> None:
    manifests = jobs(WORKDAYS)
    assert len(manifests) == 5
    for inputs in manifests.values():
        kubernetes_validate.validate(inputs, version, strict=True)


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ({"close": "7pm"}, "close"),
        ({"open": "24:00"}, "open"),
        ({"open": "19:30"}, "open"),
        ({"time_zone": "CET+1"}, "time_zone"),
    ],
)
def test_invalid_times_are_refused(arguments: Any, key: str) -> None:
    (problem,) = schedule_args.problems({**WORKDAYS, **arguments})
    assert problem.key == key
    assert problem.fix


def test_valid_times_are_accepted() -> None:
    assert schedule_args.problems(WORKDAYS) == []
