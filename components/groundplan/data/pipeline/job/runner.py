"""Runs the script of a pipeline in a container.

    python -m groundplan.data.pipeline.job.runner [--NAME VALUE ...]

The script is a program with the arguments `--run`, `--input-<name>` for each input and
`--output`, as in AWS Glue. In a container they are folders of this machine: the runner
downloads the objects that the run reads, at their versions, and uploads what the script
wrote once it has succeeded. On Ray they are URIs of folders in S3, which tasks read and
write by themselves.
"""

import gzip
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from groundplan import s3_uris
from groundplan.data.pipeline.engine.cluster.inputs import RawObject
from groundplan.data.pipeline.job import names, objects
from groundplan.data.pipeline.job.errors import JobError

ON_RAY = "ray"
SIGNALLED = 128
"""What shells add to the number of a signal."""


def run(
    s3: Any, environment: Mapping[str, str], arguments: Sequence[str], work: pathlib.Path
) -> int:
    """Runs the script, and returns its exit code. `work` is an empty folder. Raises
    `JobError` where the script succeeds and nothing can be published."""
    output = environment[names.OUTPUT]
    script = _script(s3, environment, work)
    read = _read(s3, environment[names.INPUTS])
    folders: dict[str, str] = json.loads(environment[names.INPUT_FOLDERS])
    listing = _listing(environment[names.INPUTS], read, work)
    own = {**environment, names.INPUTS_FILE: str(listing)}
    objects.empty(s3, output)
    if environment.get(names.ENGINE) == ON_RAY:
        code = _called(script, environment, folders, output, arguments, own)
        bucket, folder = s3_uris.split(output)
        if not code and next(objects.keys(s3, bucket, folder), None) is None:
            raise JobError(f"The script wrote nothing to --output, {output}")
        return code
    local = _downloaded(s3, environment[names.INPUTS], read, folders, work)
    written = work / "output"
    written.mkdir()
    code = _called(script, environment, local, f"{written}/", arguments, own)
    if not code and not objects.upload_folder(s3, written, output):
        raise JobError("The script wrote nothing to --output")
    return code


def _script(s3: Any, environment: Mapping[str, str], work: pathlib.Path) -> pathlib.Path:
    content = objects.read(s3, environment[names.SCRIPT])
    if hashlib.sha256(content).hexdigest() != environment[names.SCRIPT_DIGEST]:
        raise JobError(f"{environment[names.SCRIPT]} is not the script that was deployed")
    file = work / "script.py"
    file.write_bytes(content)
    return file


def _read(s3: Any, uri: str) -> list[RawObject]:
    lines = gzip.decompress(objects.read(s3, uri)).decode().splitlines()
    return [RawObject(**json.loads(line)) for line in lines]


def _listing(uri: str, read: Sequence[RawObject], work: pathlib.Path) -> pathlib.Path:
    """Writes the list of what the run reads, for scripts that read S3 themselves."""
    bucket, _key = s3_uris.split(uri)
    file = work / "inputs.jsonl"
    with file.open("w", encoding="utf-8") as lines:
        for item in read:
            lines.write(json.dumps({**vars(item), "uri": f"s3://{bucket}/{item.key}"}) + "\n")
    return file


def _downloaded(
    s3: Any, uri: str, read: Sequence[RawObject], folders: Mapping[str, str], work: pathlib.Path
) -> dict[str, str]:
    """Returns the inputs as folders of this machine, with what the run reads."""
    bucket, _key = s3_uris.split(uri)
    targets = {name: work / "inputs" / name for name in folders}
    for target in targets.values():
        target.mkdir(parents=True)
    for item in read:
        _bucket, folder = s3_uris.split(folders[item.input])
        objects.download(s3, bucket, item, folder, targets[item.input])
    return {name: f"{target}/" for name, target in targets.items()}


def _called(
    script: pathlib.Path,
    environment: Mapping[str, str],
    inputs: Mapping[str, str],
    output: str,
    arguments: Sequence[str],
    variables: Mapping[str, str],
) -> int:
    words = ["--run", environment[names.RUN], "--output", output]
    for name, folder in sorted(inputs.items()):
        words += [f"--input-{name}", folder]
    called = subprocess.run(  # noqa: S603 (the script that the stack deployed)
        [sys.executable, str(script), *words, *arguments], env=dict(variables), check=False
    )
    # A Job doesn't repeat what fails as wrong usage does (2).
    return called.returncode if called.returncode >= 0 else SIGNALLED - called.returncode


def main(arguments: Sequence[str]) -> int:
    """Runs the script that the environment describes."""
    import boto3  # type: ignore[import-untyped]

    with tempfile.TemporaryDirectory() as work:
        try:
            return run(boto3.client("s3"), os.environ, arguments, pathlib.Path(work))
        except JobError as error:
            sys.stderr.write(f"{error}\n")
            return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
