"""What is in the places of a container: models to open and to write."""

import gzip
import io
import tarfile
from typing import Any

import joblib  # type: ignore[import-untyped]

from rehearsal.containers import places

MODEL, ARCHIVE = "model.joblib", "model.tar.gz"


def read_model(place: str) -> Any:
    """Returns the model of a place: of its archive, or of its file."""
    found = {name.rpartition("/")[2]: content for name, content in places.files(place)}
    archives = [content for name, content in found.items() if name.endswith(".tar.gz")]
    if MODEL in found:
        return joblib.load(io.BytesIO(found[MODEL]))
    if len(archives) == 1:
        return opened(archives[0])
    raise FileNotFoundError(f"{place} has neither {MODEL} nor one archive, *.tar.gz")


def write_model(trained: Any, place: str) -> None:
    """Writes a model: into a folder as a file, which SageMaker packs; into S3 as the
    archive that endpoints load."""
    buffer = io.BytesIO()
    joblib.dump(trained, buffer)
    if place.startswith(places.SCHEME):
        places.write(place, ARCHIVE, packed(buffer.getvalue()))
    else:
        places.write(place, MODEL, buffer.getvalue())


def packed(content: bytes) -> bytes:
    """Returns the archive of a model: equal content, equal bytes."""
    buffer, entry = io.BytesIO(), tarfile.TarInfo(MODEL)
    entry.size, entry.mode = len(content), 0o644
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as archive,
    ):
        archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def opened(content: bytes) -> Any:
    """Returns the model in an archive. It is code: `joblib.load` runs what it says."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for entry in archive:
            if entry.isfile() and entry.name.removeprefix("./") == MODEL:
                found = archive.extractfile(entry)
                if found is not None:
                    return joblib.load(io.BytesIO(found.read()))
    raise ValueError(f"The archive has no file {MODEL}")
