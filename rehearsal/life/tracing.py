"""Where data went: from each version of a raw object to the models that learned of it,
as `groundplan dataset lineage` traces it."""

from itertools import chain
from typing import TYPE_CHECKING

from groundplan.data.versions import errors, uses
from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.lineage import Lineage

from rehearsal.expectations import require
from rehearsal.life import hospital
from rehearsal.life.people import SCIENTIST
from rehearsal.permissions.guard import acting

if TYPE_CHECKING:
    from rehearsal.life.life import Life


def trace(life: "Life") -> None:
    """Traces all versions of a raw object to the models that were trained on them."""
    with life.timeline.step("raw data is traced to models") as step:
        key = f"{hospital.RAW.format(life.dataset)}part-0.csv"
        with acting(SCIENTIST):
            s3 = life.account.client("s3")
            place = {"Bucket": life.people.bucket, "Prefix": key}
            found = s3.list_object_versions(**place)["Versions"]
            models = traced(life, key, [item["VersionId"] for item in reversed(found)])
        require(len(models) == 3, f"{key} has {len(models)} versions")
        first, bad, second = models
        require(first and second, f"no model was traced to {key}: {models}")
        require(not bad, f"{bad} learned of the bad batch")
        require(not set(first) & set(second), f"scanners are mixed: {first}, {second}")
        step.result = f"{_spoken(first)}; of the bad batch none; then {_spoken(second)}"


def traced(life: "Life", key: str, versions: list[str]) -> list[list[str]]:
    """Returns the models of each version of an object."""
    bucket = Bucket(life.account.client("s3"), life.people.bucket)
    registry = uses.of_registry(life.account.client("sagemaker"))
    lineage = Lineage(bucket, uses.merged(chain(uses.of_records(bucket), registry)))
    return [_models(lineage, key, version) for version in versions]


def _spoken(models: list[str]) -> str:
    return ", ".join(f"version {model.rpartition('/')[2]}" for model in models)


def _models(lineage: Lineage, key: str, version: str) -> list[str]:
    try:
        graph = lineage.of_object(key, version)
    except errors.NotCommitted:
        return []
    return sorted(node.label for node in graph.nodes.values() if node.kind == "model version")
