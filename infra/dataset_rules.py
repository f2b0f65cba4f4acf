"""The rules of named datasets and of the pipelines that fill them: what is granted and
filled exists, what is published is sent."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import model_checks
import wiring
from groundplan.data.pipeline.args import DataPipelineArgs
from groundplan.data.pipeline.choices import PipelineEngine
from groundplan.problems import Problem, nearest, one_of
from groundplan.storage import dataset_folders
from groundplan.training.namespace_folders import TEAMLESS
from known_names import taken_name
from settings import DatasetsSettings, Settings


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns the problems of datasets together with the other sections."""
    yield from _pipelines(settings)
    datasets = settings.get("datasets")
    if datasets is None:
        return
    yield from _access(settings, datasets)
    yield from _trained_on(settings, datasets)
    yield from _events(settings, datasets)
    yield from _replicas(settings, datasets)


def _access(settings: Settings, datasets: DatasetsSettings) -> Iterator[Problem]:
    namespaces = [TEAMLESS, *settings.get("training", {}).get("teams", {})]
    for name, access in datasets.get("access", {}).items():
        key = f"datasets.access.{name}"
        if "training" not in settings:
            allowed = "nothing without training: its teams get the access"
            yield Problem(key, dict(access), allowed, "add training, or remove it")
            continue
        if name not in datasets.get("sets", {}):
            yield from one_of(key, name, sorted(datasets.get("sets", {})))
        for role, members in access.items():
            for index, member in enumerate(members):  # type: ignore[arg-type,var-annotated]
                yield from one_of(f"{key}.{role}[{index}]", member, namespaces)


def _trained_on(settings: Settings, datasets: DatasetsSettings) -> Iterator[Problem]:
    """What retrains a model names datasets of the environment: those whose versions the
    bucket keeps."""
    sets = datasets.get("sets", {})
    sections: Mapping[str, Mapping[str, Any]] = {
        "retraining": settings.get("retraining", {}),
        "queue_retraining": settings.get("queue_retraining", {}),
    }
    for section, pipelines in sections.items():
        for name, pipeline in pipelines.items():
            evaluation: Mapping[str, Any] = pipeline.get("evaluation", {})
            references = {
                "dataset": pipeline.get("dataset"),
                "evaluation.held_out": evaluation.get("held_out"),
                "evaluation.recent": evaluation.get("recent"),
            }
            for key, reference in references.items():
                yield from _known(f"{section}.{name}.{key}", reference, sets)


def _known(key: str, reference: object, sets: Collection[str]) -> Iterator[Problem]:
    """Yields the problem of a reference of a dataset that the environment doesn't have;
    a folder of a bucket is none."""
    if not isinstance(reference, str) or reference.startswith("s3://"):
        return
    name = re.split("[:@]", reference, maxsplit=1)[0]
    if not dataset_folders.NAME.fullmatch(name) or name in sets:
        return  # the component reports what is no reference
    near = nearest(name, sorted(sets))
    fix = f"write {near[0]}{reference.removeprefix(name)}" if near else "add it to datasets.sets"
    allowed = f"a dataset of datasets.sets: {', '.join(sorted(sets))}"
    yield Problem(key, reference, allowed, fix)


def _events(settings: Settings, datasets: DatasetsSettings) -> Iterator[Problem]:
    if settings.get("artifacts", {}).get("event_notifications", True):
        return
    for name, dataset in datasets.get("sets", {}).items():
        if dataset.get("targets"):
            allowed = "nothing where artifacts.event_notifications is false: no event is sent"
            fix = "remove artifacts.event_notifications, or the targets"
            targets = sorted(dataset["targets"])
            yield Problem(f"datasets.sets.{name}.targets", targets, allowed, fix)


def _pipelines(settings: Settings) -> Iterator[Problem]:
    sets = settings.get("datasets", {}).get("sets", {})
    endpoints = settings.get("endpoints", {})
    others = {*endpoints, *map(model_checks.named, endpoints), *settings.get("services", {})}
    others |= {*settings.get("training", {}).get("file_systems", {})}
    sent = settings.get("artifacts", {}).get("event_notifications", True)
    filled: dict[str, str] = {}
    for name, pipeline in settings.get("pipelines", {}).items():
        key, triggers = f"pipelines.{name}", pipeline.get("triggers", {})
        dataset = pipeline.get("dataset", "")
        if dataset not in sets:
            fix = "add it to datasets.sets: the bucket keeps the versions of those"
            yield Problem(f"{key}.dataset", dataset, "a dataset of the environment", fix)
        tag = f"{dataset}:{pipeline.get('tag', 'latest')}"
        if tag in filled:
            allowed = f"a tag that no other pipeline moves; {filled[tag]} moves {tag}"
            yield Problem(f"{key}.tag", pipeline.get("tag", "latest"), allowed, "set another tag")
        filled[tag] = name
        yield from taken_name(key, name, wiring.data.named(name), others)
        for index, reference in enumerate(triggers.get("datasets", ())):
            of = reference.partition(":")[0]
            if of not in sets:
                allowed = "a dataset of the environment and one of its tags"
                yield Problem(f"{key}.triggers.datasets[{index}]", reference, allowed)
        for input_name, folder in pipeline.get("inputs", {}).items():
            yield from _read(f"{key}.inputs.{input_name}", folder, sets)
        on_cluster = pipeline.get("engine", PipelineEngine.GLUE) != PipelineEngine.GLUE
        if on_cluster:
            yield from _on_cluster(key, pipeline, settings)
        elif not sent and (triggers.get("objects") or triggers.get("datasets")):
            allowed = "nothing where artifacts.event_notifications is false: no event is sent"
            fix = "remove artifacts.event_notifications, or use schedule_expression"
            which = "objects" if triggers.get("objects") else "datasets"
            value = triggers[which]  # type: ignore[literal-required]
            yield Problem(f"{key}.triggers.{which}", value, allowed, fix)


def _read(key: str, folder: str, sets: Collection[str]) -> Iterator[Problem]:
    """Yields the problem of an input in the folder of a dataset that is none."""
    name = folder.removeprefix(dataset_folders.ROOT).partition("/")[0]
    if not folder.startswith(dataset_folders.ROOT) or not name or name in sets:
        return
    near = nearest(name, sorted(sets))
    right = (
        folder.replace(f"{dataset_folders.ROOT}{name}/", f"{dataset_folders.ROOT}{near[0]}/")
        if near
        else ""
    )
    fix = f"write {right}" if near else "add it to datasets.sets, or name another folder"
    yield Problem(key, folder, "the folder of a dataset of the environment, or another one", fix)


def _on_cluster(key: str, pipeline: DataPipelineArgs, settings: Settings) -> Iterator[Problem]:
    """A pipeline on the cluster has a queue there, and what its jobs need."""
    engine = PipelineEngine(pipeline["engine"])
    training = settings.get("training")
    if training is None:
        allowed = "glue: there is no training cluster, whose queue has the jobs"
        yield Problem(f"{key}.engine", engine, allowed, "add training, or use glue")
        return
    job = pipeline.get("container", {})
    spaces = [TEAMLESS, *training.get("teams", {})]
    yield from one_of(f"{key}.container.namespace", job.get("namespace"), spaces)
    yield from one_of(f"{key}.container.pool", job.get("pool"), training.get("pools", {}))
    if engine is PipelineEngine.RAY and not training.get("frameworks", {}).get("ray"):
        allowed = "glue or container: the training cluster has no KubeRay"
        fix = "set training.frameworks.ray to true"
        yield Problem(f"{key}.engine", engine, allowed, fix)


def _replicas(settings: Settings, datasets: DatasetsSettings) -> Iterator[Problem]:
    """A replica of a part of a dataset has objects without versions, or the
    reverse."""
    prefix = settings.get("artifacts", {}).get("replication", {}).get("prefix", "")
    for name in datasets.get("sets", {}):
        folder = dataset_folders.folder(name)
        if prefix != folder and prefix.startswith(folder):
            allowed = f"{folder} or a folder above it: a part of a dataset is no dataset"
            yield Problem("artifacts.replication.prefix", prefix, allowed, f"set it to {folder}")
