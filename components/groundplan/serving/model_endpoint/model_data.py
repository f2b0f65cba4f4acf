"""The keys of a model's files in the artifact bucket: one archive, or a folder of
uncompressed files."""

import re

from groundplan.problems import Problem
from groundplan.storage.prefixes import prefix_problems

ARCHIVE = ".tar.gz"
"""The only kind of archive that SageMaker extracts (API reference,
`ContainerDefinition`, `ModelDataUrl`)."""
MAX_KEY = 1024 - len("s3://") - 63 - len("/")
"""SageMaker's `S3ModelUri` has 1,024 characters with the bucket's name, which has up to
63; an S3 key alone has 1,024 bytes."""
_VERSION = re.compile(r"v?\d[\w.+-]*")


def problems(key: str, path: str | None) -> list[Problem]:
    """Returns whether `path` is the key of an archive or of a folder in the bucket."""
    if path is None:
        return []
    if path.startswith(("/", "s3://")):
        return [
            Problem(
                key,
                path,
                "a key inside the bucket: models/fraud/3/model.tar.gz",
                "remove the scheme and the bucket's name",
            )
        ]
    if not path.endswith((ARCHIVE, "/")) or path == ARCHIVE:
        allowed = (
            f"the key of an archive ({ARCHIVE}), or of a folder of uncompressed files, which "
            "ends in /"
        )
        return [Problem(key, path, allowed, f"name the {ARCHIVE} file, or add / to the folder")]
    if len(path) > MAX_KEY:
        allowed = f"a key of at most {MAX_KEY} characters"
        return [Problem(key, path, allowed, "use a shorter folder")]
    # The folder is part of an IAM policy, where these would be wildcards.
    return prefix_problems(key, path[: path.rfind("/") + 1])


def s3_type(path: str) -> tuple[str, str]:
    """Returns `S3DataType` and `CompressionType` of an `S3ModelDataSource`."""
    return ("S3Prefix", "None") if path.endswith("/") else ("S3Object", "Gzip")


def versions_prefix(path: str) -> str:
    """Returns the folder of all versions of a model: `models/fraud/` for
    `models/fraud/3/model.tar.gz`.

    An endpoint may read all of it, not only its own version: after a rollback,
    SageMaker starts instances of the old one. Where the last folder is no version (`3`,
    `v3`, `2026-11-21`), it is that folder itself.
    """
    *folders, _file = path.split("/")
    if len(folders) > 1 and _VERSION.fullmatch(folders[-1]):
        folders.pop()
    return "".join(f"{folder}/" for folder in folders) or path
