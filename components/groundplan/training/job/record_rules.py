"""The rules of the bucket of a run: the artifact bucket, or that of another store,
where the job writes its record itself."""

from groundplan.kubernetes import image_references
from groundplan.problems import MISSING, Problem
from groundplan.storage import object_store
from groundplan.training.job.args import TrainingJobArgs
from groundplan.training.job.choices import RunsOn


def problems(args: TrainingJobArgs) -> list[Problem]:
    """Returns the problems of `artifacts`, `object_store` and `record_image`."""
    found = []
    if ("artifacts" in args) == ("object_store" in args):
        key = "object_store" if "artifacts" in args else "artifacts"
        value = "both" if "artifacts" in args else MISSING
        fix = "set artifacts, or object_store where there is no Amazon S3"
        found.append(Problem(key, value, "one of artifacts and object_store", fix))
    if "object_store" not in args:
        if "record_image" in args:
            allowed = "nothing without object_store: Pulumi writes the record"
            found.append(Problem("record_image", args["record_image"], allowed, "remove it"))
        return found
    found += object_store.problems("object_store", dict(args["object_store"]))
    if args.get("on") is RunsOn.SAGEMAKER:
        allowed = "nothing on SageMaker, which reads and writes Amazon S3"
        found.append(Problem("object_store", "set", allowed, "set artifacts in its place"))
    if "record_image" not in args:
        allowed = "the image of what writes the record: images/monitoring/Dockerfile"
        found.append(Problem("record_image", MISSING, allowed, "build it, and name it"))
    found += image_references.problems("record_image", args.get("record_image"))
    return found + _variables(args)


def _variables(args: TrainingJobArgs) -> list[Problem]:
    """A variable of the store has no other value."""
    own = {*object_store.resolve(args["object_store"]).variables, *object_store.SECRET_KEYS}
    allowed = "nothing beside object_store, which sets it"
    return [
        Problem(f"{section}.{name}", "set", allowed, "remove it")
        for section, names in (
            ("environment", args.get("environment", {})),
            ("secrets", args.get("secrets", {})),
        )
        for name in names
        if name in own
    ]
