"""References to container images: whether they move, and their pinned form."""

import re
from dataclasses import dataclass

ECR = re.compile(r"\d{12}\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")

# The grammar of references, distribution/reference: a host has a dot or a port.
_REFERENCE = re.compile(
    r"(?:(?P<host>[\w-]+(?:\.[\w-]+)+(?::\d+)?|localhost(?::\d+)?)/)?"
    r"(?P<repository>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class ImageReference:
    """The parts of a reference."""

    host: str
    """Empty: Docker Hub's."""
    repository: str
    tag: str
    digest: str

    @property
    def moves(self) -> bool:
        """Whether it can mean another image tomorrow."""
        return not self.digest

    def pinned(self, digest: str) -> str:
        """Returns the reference with a digest. One of Amazon ECR loses its tag:
        SageMaker supports `registry/repository[:tag]` or
        `registry/repository[@digest]`, not both (SageMaker API Reference,
        ContainerDefinition, `Image`)."""
        tag = f":{self.tag}" if self.tag and not ECR.fullmatch(self.host) else ""
        host = f"{self.host}/" if self.host else ""
        return f"{host}{self.repository}{tag}@{digest}"


def parsed(text: str) -> ImageReference | None:
    """Returns the parts of a reference; `None` for another text. A name without a host
    and a tag, such as `busybox`, is no reference: any word looks like it."""
    match = _REFERENCE.fullmatch(text)
    if match is None or not (match["host"] or match["tag"] or match["digest"]):
        return None
    return ImageReference(
        match["host"] or "", match["repository"], match["tag"] or "", match["digest"] or ""
    )


def is_moving(text: object) -> bool:
    """Returns whether a value is a reference to an image that can mean another one
    tomorrow."""
    reference = parsed(text) if isinstance(text, str) else None
    return reference is not None and reference.moves
