"""How data gets into a life: the hospital writes raw objects, and the pipelines of the
stack do the rest."""

from typing import TYPE_CHECKING

from groundplan.data import versions
from groundplan.data.pipeline.machine.definition import PUBLISHED, QUARANTINED
from groundplan.data.quality.result import REPORT, RESULT, QualityResult
from groundplan.data.versions.manifest import DatasetVersion

from rehearsal.account.alarms import ALARM
from rehearsal.expectations import require
from rehearsal.life import data, hospital
from rehearsal.life.people import SCIENTIST
from rehearsal.permissions.guard import acting
from rehearsal.permissions.policies import Need

if TYPE_CHECKING:
    from rehearsal.life.life import Life

HOUR = 3600
JOINED = "Joined"
MANY = 3
"""Files of a large export: each begins an execution."""


def first(life: "Life") -> None:
    """The first export becomes the first versions."""
    account, bucket = life.account, life.people.bucket
    with life.timeline.step("raw data arrives") as step:
        base = f"arn:aws:s3:::{bucket}"
        with acting(hospital.EXPORTER):
            for action, key in (("GetObject", "raw/x"), ("PutObject", "datasets/x")):
                need = Need(f"s3:{action}", f"{base}/{key}")
                require(not account.guard.allows(need), f"the hospital's system may {need}")
        lines = sum(_exported(life, name, data.Export(1, part)) for name, part in _parts(life))
        states = carried(life)
        require(states.count(PUBLISHED) == len(_parts(life)), f"the executions: {states}")
        step.result = f"{lines} lines of the hospital; executions: {', '.join(states)}"
    with life.timeline.step("data is checked") as step:
        checked = [result(life, latest(life, name)) for name, _ in _parts(life)]
        require(all(each.passed for each in checked), "a version has data that broke rules")
        rules, rows = sum(len(each.rules) for each in checked), sum(each.rows for each in checked)
        step.result = f"{rules} rules hold for {rows} rows"
    with life.timeline.step("the dataset is committed") as step:
        found = [latest(life, name) for name, _ in _parts(life)]
        for version in found:
            _require_lineage(life, version)
        step.result = ", ".join(short(version.reference) for version in found)


def drifted(life: "Life") -> str:
    """The export of another scanner becomes versions. Of the executions that its files
    begin, one carries a run, which reads all of them; the others join. Returns the
    version that is trained on."""
    before = _references(life)
    for name, part in _parts(life):
        _exported(life, name, data.Export(2, part), files=MANY)
    states = carried(life)
    after = _references(life)
    require(not set(before) & set(after), f"no version of another scanner: {states}")
    require(states.count(JOINED) == len(before) * (MANY - 1), f"the executions: {states}")
    return after[0]


def broken(life: "Life") -> None:
    """An export in another unit breaks rules: nobody reads it."""
    account, heard = life.account, len(life.account.notified)
    with life.timeline.step("a bad batch is quarantined") as step:
        before = _references(life)
        for name, part in _parts(life):
            _exported(life, name, data.Export(1, part, unit=1000))
        states = carried(life, expected=QUARANTINED)
        account.clock.advance(60)
        account.metrics.evaluate()
        require(PUBLISHED not in states, f"the bad batch was published: {states}")
        require(states.count(QUARANTINED) == len(before), f"the executions: {states}")
        require(_references(life) == before, "readers get the bad batch")
        texts = [text for _, text in account.notified[heard:]]
        for name, _ in _parts(life):
            alarm = life.alarm(f"{name}-pipeline-quarantined")
            require(alarm.state == ALARM, f"alarm {alarm.name} is {alarm.state}")
            require(any(alarm.name in text for text in texts), f"{alarm.name} notifies nobody")
        failed = {rule for name, _ in _parts(life) for rule in _quarantined(life, name)}
        step.result = f"{', '.join(sorted(failed))}; {short(before[0])} stays, an alarm notifies"


def carried(life: "Life", expected: str = PUBLISHED) -> list[str]:
    """Passes time until what the last export began has ended. Returns the states in
    which its executions ended: as expected, or joined to one that waits."""
    account, before = life.account, len(life.account.ended)
    account.clock.advance(1)  # an event is sent a second later
    account.clock.until(lambda: len(account.ended) == len(account.machines), 3 * HOUR)
    ended = account.ended[before:]
    require(ended, "no rule begins a run with raw objects")
    states = [execution.states[-1] for execution in ended]
    faults = [f for e in ended for f in e.faults if not f.startswith(f"DataPipeline.{expected}")]
    require(not faults, f"tasks failed: {faults}{life.errors()}")
    return states


def latest(life: "Life", dataset: str) -> DatasetVersion:
    """Returns what readers of a dataset get."""
    with acting(SCIENTIST):
        s3 = life.account.client("s3")
        return versions.read(s3, life.people.bucket, f"{dataset}:latest")


def result(life: "Life", version: DatasetVersion) -> QualityResult:
    """Returns what the check of a version came to."""
    report = str(version.quality["report"]).partition(f"{life.people.bucket}/")[2]
    with acting(SCIENTIST):
        s3 = life.account.client("s3")
        s3.head_object(Bucket=life.people.bucket, Key=report)
        key = f"{report.removesuffix(REPORT)}{RESULT}"
        body = s3.get_object(Bucket=life.people.bucket, Key=key)["Body"]
        return QualityResult.read(body.read().decode())


def short(reference: str) -> str:
    """Returns a reference by digest, in few characters."""
    name, _, digest = reference.partition("@sha256:")
    return f"{name}@{digest[:8]}"


def _parts(life: "Life") -> list[tuple[str, str]]:
    return [(life.dataset, "train"), (life.held_out, "held-out")]


def _references(life: "Life") -> list[str]:
    return [latest(life, name).reference for name, _ in _parts(life)]


def _exported(life: "Life", dataset: str, export: data.Export, files: int = 1) -> int:
    return hospital.export(life.account, life.people.bucket, dataset, export, files)


def _require_lineage(life: "Life", version: DatasetVersion) -> None:
    """Requires that a version names its run, and that leads to the raw objects."""
    uri = str(version.created_by.get("inputs", ""))
    require(uri, f"{version.reference} names no raw objects: {version.created_by}")
    with acting(SCIENTIST):
        s3 = life.account.client("s3")
        key = uri.partition(f"{life.people.bucket}/")[2]
        s3.head_object(Bucket=life.people.bucket, Key=key)
    require(version.statistics_digest, f"{version.reference} has no statistics")


def _quarantined(life: "Life", dataset: str) -> list[str]:
    """Returns the rules that what is in quarantine broke."""
    with acting(SCIENTIST):
        s3, place = life.account.client("s3"), {"Bucket": life.people.bucket}
        listed = s3.list_objects_v2(**place, Prefix=f"quarantine/{dataset}/")
        keys = [item["Key"] for item in listed.get("Contents", ())]
        results = [key for key in keys if key.endswith("quality-result.json")]
        require(results and len(keys) > len(results), f"in quarantine is {keys}")
        body = s3.get_object(**place, Key=results[-1])["Body"].read()
    return [rule.rule for rule in QualityResult.read(body.decode()).failed]
