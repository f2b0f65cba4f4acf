"""People ask the API of the stack, late in a life: for a run, for a rollback and a
release, and for what there is."""

from typing import TYPE_CHECKING

from rehearsal.account.alarms import ALARM
from rehearsal.expectations import require

if TYPE_CHECKING:
    from rehearsal.life.life import Life

HOUR = 3600


def ask(life: "Life") -> None:
    """People ask the API: for a run, for a rollback and a release, for what there
    is."""
    clock, endpoint = life.account.clock, life.account.endpoints.endpoints[life.endpoint]
    with life.timeline.step("a run is asked for through the API") as step:
        before = len(life.account.ended)
        life.api.start_training("jo asks")
        clock.until(lambda: len(life.account.ended) > before, HOUR)
        require(len(life.account.ended) > before, "no execution ended")
        step.result = f"its execution ended: {life.account.ended[-1].states[-1]}"
    versions = [int(r["version"]) for r in life.records() if r["outcome"] == "succeeded"]
    for name, move, version in (
        ("it is rolled back through the API", life.api.rollback, versions[0]),
        (
            "it is released again through the API",
            lambda reason: life.api.release(versions[-1], reason),
            versions[-1],
        ),
    ):
        with life.timeline.step(name) as step:
            release = move("a rehearsal")
            clock.until(lambda: endpoint.update is None, HOUR)
            clock.advance(300)
            outcome = life.api.status(release)
            require(outcome == "succeeded", f"release {release} {outcome}{life.errors()}")
            record = life.records()[-1]
            require(record["version"] == version, f"version {record['version']} serves")
            step.result = f"version {version} serves, {outcome}"
    with life.timeline.step("status is read through the API") as step:
        step.result = _statuses(life)


def give_up(life: "Life") -> None:
    """Events of functions that fail each time end in their queues, and alarms are
    on."""
    account = life.account
    with life.timeline.step("events that are given up are kept") as step:
        functions = [function for function in account.functions.values() if function.queue_arn]
        for function in functions:
            account.give_up(function)
        queues = {function.queue_arn.rpartition(":")[2] for function in functions}
        for target in account.schedules:
            queue = target.get("deadLetterConfig", {}).get("arn")
            if queue:
                account.keep(queue, target["roleArn"], "scheduler.amazonaws.com")
                queues.add(queue.rpartition(":")[2])
        account.clock.advance(120)
        on = {
            str(alarm.inputs["dimensions"]["QueueName"])
            for alarm in account.metrics.alarms.values()
            if alarm.state == ALARM and "QueueName" in alarm.inputs.get("dimensions", {})
        }
        require(on == queues, f"no alarm is on for {sorted(queues - on)}")
        step.result = f"{len(queues)} queues, each with an alarm that is on"


def _statuses(life: "Life") -> str:
    """Reads all that the API shows. Returns it in a few words."""
    api = life.api
    live = api.read("")
    runs = api.read("/trainings")["items"]
    releases = api.read("/releases")["items"]
    versions = api.read("/versions")["items"]
    require(len(releases) == len(life.records()), "the API shows other releases")
    api.read(f"/versions/{versions[0]['version']}")
    api.read(f"/trainings/{runs[0]['run']}")
    names = api.read_dataset("")["items"]
    require(life.dataset in names, f"the API shows the datasets {names}")
    found = api.read_dataset(f"/{life.dataset}/versions")["items"]
    api.read_dataset(f"/{life.dataset}/versions/{found[0]['digest']}")
    require(live["release"], "the API does not show what serves")
    counts = f"{len(runs)} runs, {len(releases)} releases, {len(versions)} versions"
    return f"{counts}, {len(found)} versions of {life.dataset}"
