"""Which images can be brought to nodes beforehand. Knows nothing of Pulumi."""

from collections.abc import Sequence

from groundplan.kubernetes import image_references
from groundplan.problems import Problem

MAX_IMAGES = 16
"""Each is a volume of one pod, and the disk has to hold all of them beside what jobs
bring."""


def problems(key: str, images: Sequence[object]) -> list[Problem]:
    """Returns whether images, where they are known, are always the same ones, and few
    enough."""
    problems: list[Problem] = []
    if len(images) > MAX_IMAGES:
        problems.append(
            Problem(
                key,
                len(images),
                f"at most {MAX_IMAGES} images",
                "keep those that are large and used often",
            )
        )
    for index, image in enumerate(images):
        at = f"{key}[{index}]"
        if not isinstance(image, str):
            continue
        match = image_references.IMAGE.fullmatch(image)
        if match is None:
            fix = "write the registry too, docker.io/library/python and not python"
            problems.append(
                Problem(at, image, "an image: REGISTRY/REPOSITORY:TAG, or with a digest", fix)
            )
        elif not match["digest"] and match["tag"] in (None, "latest"):
            allowed = (
                "an image with a tag of its own or a digest: nodes would keep the `latest` "
                "that they pulled first"
            )
            problems.append(
                Problem(at, image, allowed, "add the version (:2.9.1) or the digest (@sha256:...)")
            )
        if image in images[:index]:
            problems.append(Problem(at, image, "each image once", "remove it"))
    return problems
