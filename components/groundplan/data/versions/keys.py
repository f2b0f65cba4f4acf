"""Where a dataset's versions are in the artifact bucket.

    datasets/<dataset>/versions/<sha256>.json          manifests, never overwritten
    datasets/<dataset>/parts/<sha256>.jsonl.gz         the lists of objects of manifests
    datasets/<dataset>/statistics/<sha256>.json        statistics of manifests
    datasets/<dataset>/objects/<sha256>/<file name>    objects that commits uploaded
    datasets/<dataset>/tags/<tag>.json                 the version that a tag names
    datasets/<dataset>/history/<tag>/<number>.json     moves of a tag: who, when, why
    datasets/<dataset>/commits/<commit>/...            journals of commits under way
    datasets/<dataset>/pins/<id>.json                  versions about to be used
    datasets/<dataset>/collections/<id>/...            what garbage collections deleted

A tag's object moves by conditional writes: that S3 notifies EventBridge of its change
is the publication of a version.
"""

from dataclasses import dataclass

from groundplan.dataset_names import ROOT as ROOT

FOLDERS = (
    "versions/",
    "parts/",
    "statistics/",
    "objects/",
    "tags/",
    "history/",
    "commits/",
    "pins/",
    "collections/",
)
"""What `DatasetKeys` names: never part of a version's own data."""


@dataclass(frozen=True)
class DatasetKeys:
    """The keys of one dataset."""

    dataset: str

    @property
    def root(self) -> str:
        """The dataset's folder."""
        return f"{ROOT}{self.dataset}/"

    def folder(self, name: str) -> str:
        """Returns one of `FOLDERS`."""
        return f"{self.root}{name}"

    def version(self, digest: str) -> str:
        """Returns the key of a manifest."""
        return f"{self.root}versions/{bare(digest)}.json"

    def part(self, digest: str) -> str:
        """Returns the key of a list of objects."""
        return f"{self.root}parts/{bare(digest)}.jsonl.gz"

    def statistics(self, digest: str) -> str:
        """Returns the key of the statistics of a version."""
        return f"{self.root}statistics/{bare(digest)}.json"

    def tag(self, tag: str) -> str:
        """Returns the key of a tag."""
        return f"{self.root}tags/{tag}.json"

    def move(self, tag: str, sequence: int) -> str:
        """Returns the key of a move of a tag, the first of which is 1."""
        return f"{self.root}history/{tag}/{sequence:010}.json"

    def is_own(self, key: str) -> bool:
        """Whether a key is of this module, and not the data of a version."""
        return key.startswith(tuple(f"{self.root}{folder}" for folder in FOLDERS))


def bare(digest: str) -> str:
    """Returns the hexadecimal digits of a digest."""
    return digest.removeprefix("sha256:")
