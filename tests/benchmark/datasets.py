"""How long `groundplan dataset` takes: beside `aws s3 sync` with the same bytes on the
same local server, and its memory for a million objects.

    python tests/benchmark/datasets.py --files 400 --kib 64
    python tests/benchmark/datasets.py --objects 1000000

Needs moto's server and, to be compared with, the AWS CLI on the PATH. Times on one
machine are good for ratios only.
"""

import argparse
import contextlib
import json
import os
import pathlib
import random
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

BUCKET, OTHER = "artifacts", "synced"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def write_files(folder: pathlib.Path, count: int, kib: int) -> int:
    """Writes random files. Returns their bytes."""
    chosen = random.Random(1)  # noqa: S311
    for number in range(count):
        file = folder / f"{number % 10}" / f"{number:06}.bin"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(chosen.randbytes(kib * 1024))
    return count * kib * 1024


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Starts moto's server. Yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def timed(*command: str) -> float:
    """Returns the seconds of a command."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def compare(files: int, kib: int) -> dict[str, Any]:
    """Times transfers of a folder, there and back."""
    import boto3  # type: ignore[import-untyped]

    aws = shutil.which("aws") or str(pathlib.Path(sys.executable).with_name("aws"))
    ours = [sys.executable, "-m", "groundplan.cli", "dataset"]
    with tempfile.TemporaryDirectory() as root, server() as address:
        folder = pathlib.Path(root) / "data"
        size = write_files(folder, files, kib)
        os.environ.update(
            CREDENTIALS,
            AWS_ENDPOINT_URL=address,
            GROUNDPLAN_BUCKET=BUCKET,
            XDG_CACHE_HOME=f"{root}/cache",
        )
        s3 = boto3.client("s3")
        for name in (BUCKET, OTHER):
            s3.create_bucket(Bucket=name)
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        sync = (aws, "s3", "sync", "--quiet")
        found: dict[str, Any] = {"files": files, "bytes": size, "seconds": {}}
        seconds = found["seconds"]
        seconds["sync up"] = timed(*sync, str(folder), f"s3://{OTHER}/data/")
        seconds["commit"] = timed(*ours, "commit", "clicks", str(folder))
        seconds["sync up, unchanged"] = timed(*sync, str(folder), f"s3://{OTHER}/data/")
        seconds["commit, unchanged"] = timed(*ours, "commit", "clicks", str(folder))
        seconds["sync down"] = timed(*sync, f"s3://{OTHER}/data/", f"{root}/synced")
        seconds["checkout"] = timed(*ours, "checkout", "clicks", f"{root}/out")
    found["commit to sync"] = seconds["commit"] / seconds["sync up"]
    found["unchanged commit to sync"] = seconds["commit, unchanged"] / seconds["sync up, unchanged"]
    found["checkout to sync"] = seconds["checkout"] / seconds["sync down"]
    return found


class Pages:
    """A bucket with many objects, which are made up as they are listed. What is written
    is kept compressed, as in S3."""

    def __init__(self, objects: int) -> None:
        self.count = objects
        self.written: dict[str, bytes] = {}

    def get_paginator(self, name: str) -> "Pages.Paginator":
        return Pages.Paginator(self, name)

    class Paginator:
        def __init__(self, pages: "Pages", name: str) -> None:
            self._pages, self._name = pages, name

        def paginate(self, **_request: Any) -> Iterator[dict[str, Any]]:
            if self._name != "list_object_versions":
                return
            for start in range(0, self._pages.count, 1000):
                numbers = range(start, min(start + 1000, self._pages.count))
                yield {"Versions": [version(number) for number in numbers]}

    def put_object(self, **request: Any) -> dict[str, str]:
        self.written[request["Key"]] = request["Body"]
        return {"ETag": '"e"', "VersionId": "1"}

    def get_object(self, **request: Any) -> dict[str, Any]:
        import io

        from botocore.exceptions import ClientError  # type: ignore[import-untyped]

        if request["Key"] not in self.written:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        body = io.BytesIO(self.written[request["Key"]])
        return {"Body": body, "ETag": '"e"', "VersionId": "1"}

    def delete_object(self, **request: Any) -> None:
        self.written.pop(request["Key"], None)

    def get_bucket_versioning(self, **_request: Any) -> dict[str, str]:
        return {"Status": "Enabled"}

    def get_bucket_lifecycle_configuration(self, **_request: Any) -> dict[str, Any]:
        return {"Rules": []}


def version(number: int) -> dict[str, Any]:
    """Returns an object version as S3 lists it."""
    return {
        "Key": f"raw/clicks/2026/11/28/part-{number:012}.snappy.parquet",
        "VersionId": f"{number:032x}",
        "IsLatest": True,
        "Size": 1_000_000,
        "ETag": f'"{number:032x}"',
    }


def memory(objects: int) -> dict[str, Any]:
    """Commits objects that are in a bucket, and reads the version."""
    from groundplan.data import versions

    s3 = Pages(objects)
    source = versions.Stored("raw/", asks=False)
    start = time.perf_counter()
    done = versions.commit(versions.Bucket(s3, BUCKET), "clicks", source, versions.Options())
    committed = time.perf_counter()
    assert sum(1 for _ in done.version.objects) == objects
    return {
        "objects": objects,
        "commit seconds": committed - start,
        "read seconds": time.perf_counter() - committed,
        "manifest megabytes, compressed": sum(map(len, s3.written.values())) / 1e6,
        # Linux counts kilobytes (getrusage(2)).
        "largest resident megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Prints what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--kib", type=int, default=64)
    parser.add_argument("--objects", type=int)
    given = parser.parse_args()
    found = memory(given.objects) if given.objects else compare(given.files, given.kib)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
