"""One life that all tests of the rehearsal share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rehearsal.account.deployment import DEPLOYER
from rehearsal.life.life import Life, beginning
from rehearsal.permissions.guard import acting
from rehearsal.report.timeline import Step
from rehearsal.stack import manifest


@dataclass
class Lived:
    """A life that has been lived, and what its bucket had when the first model was
    trained."""

    life: Life
    objects: Sequence[tuple[str, bytes]] = ()
    run: Mapping[str, str] = field(default_factory=dict)


def whole() -> Lived:
    """Returns a life from its beginning to its end. Its account is closed: an open one
    would answer the calls of all other tests."""
    lived: list[Lived] = []

    def changed(step: Step) -> None:
        if step.ended and step.name == "the model is trained":
            lived[0].objects, lived[0].run = _objects(lived[0].life), lived[0].life.runs[0]

    with beginning(manifest(), changed, requests_per_minute=4) as life:
        lived.append(Lived(life))
        life.live()
    return lived[0]


def _objects(life: Life) -> list[tuple[str, bytes]]:
    with acting(DEPLOYER):
        s3, bucket = life.account.client("s3"), life.people.bucket
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]]
        return [(k, s3.get_object(Bucket=bucket, Key=k)["Body"].read()) for k in keys]
