"""Fluent Bit itself reads the configuration and moves lines by it.

No package registry has its binary. Where one is named (`FLUENT_BIT`, or on the PATH),
as built from fluent/fluent-bit 5.1.1 with the plugins of the configuration, this runs;
elsewhere `test_fluent_bit_configuration` and `test_fields` judge.
"""

import json
import os
import pathlib
import shutil
import subprocess
from typing import Any

import pytest
from fluent_bit_text import CLOUDWATCH, OUTPUTS, text
from groundplan.logs.fluent_bit import configuration
from groundplan.logs.fluent_bit.configuration import CloudWatch, Output

BINARY = os.environ.get("FLUENT_BIT") or shutil.which("fluent-bit")
pytestmark = pytest.mark.skipif(not BINARY, reason="Fluent Bit is not installed")

LINES = """\
2026-11-28T13:00:00.000000001Z stdout F {"message":"hello","level":"ERROR","team":"evil"}
2026-11-28T13:00:01.000000001Z stderr F Traceback (most recent call last):
2026-11-28T13:00:01.000000002Z stderr F   File "x.py", line 1, in <module>
2026-11-28T13:00:01.000000003Z stderr F ValueError: x
2026-11-28T13:00:02.000000001Z stdout P a long
2026-11-28T13:00:02.000000002Z stdout F  line
"""
TRACE = """Traceback (most recent call last):
  File "x.py", line 1, in <module>
ValueError: x"""
POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "train-0",
        "namespace": "vision",
        "labels": {"batch.kubernetes.io/job-name": "churn-1"},
        "annotations": {"groundplan/run-id": "r1"},
    },
    "spec": {"nodeName": "n1", "containers": [{"name": "trainer"}]},
    "status": {"phase": "Running", "containerStatuses": []},
}


def installed(folder: pathlib.Path, target: CloudWatch | Output) -> pathlib.Path:
    """Returns the configuration with the paths of a node in `folder`, and without an
    API server: Fluent Bit reads the pod from a file."""
    for name in ("containers", "state", "meta", "scripts"):
        (folder / name).mkdir()
    parsers = folder / "parsers.conf"
    parsers.write_text("")
    written = (
        text(target)
        .replace("/var/log/containers/", f"{folder}/containers/")
        .replace("/var/fluent-bit/state", f"{folder}/state")
        .replace("/fluent-bit/scripts", f"{folder}/scripts")
        .replace("/fluent-bit/etc/parsers.conf", str(parsers))
        .replace("HTTP_Server On", "HTTP_Server Off")
        .replace("Read_from_Head On", "Read_from_Head On\n    Exit_On_Eof On")
        .replace("Flush 5", "Flush 0.2\n    Grace 1")
        .replace(
            "Kube_Tag_Prefix kube.var.log.containers.",
            f"Kube_Tag_Prefix kube.{str(folder)[1:].replace('/', '.')}.containers.\n"
            "    Kube_URL http://127.0.0.1:9\n"
            f"    Kube_meta_preload_cache_dir {folder}/meta",
        )
    )
    script = configuration.script("ml-prod", {"vision": "vision"})
    (folder / "scripts" / configuration.SCRIPT).write_text(script)
    (folder / "meta" / "vision_train-0.meta").write_text(json.dumps(POD))
    file = folder / "fluent-bit.conf"
    file.write_text(written)
    return file


@pytest.mark.parametrize("target", OUTPUTS, ids=range(len(OUTPUTS)))
def test_it_takes_the_configuration(tmp_path: pathlib.Path, target: CloudWatch | Output) -> None:
    command = [str(BINARY), "-c", str(installed(tmp_path, target)), "--dry-run"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "configuration test is successful" in result.stderr


def test_lines_have_their_fields_and_their_log_group(tmp_path: pathlib.Path) -> None:
    file = installed(tmp_path, CLOUDWATCH)
    own = f"[OUTPUT]\n    Name file\n    Match kube.*\n    Path {tmp_path}\n    File out.txt\n"
    file.write_text(f"{file.read_text()}\n{own}    Format plain\n")
    log = tmp_path / "containers" / f"train-0_vision_trainer-{'a' * 64}.log"
    log.write_text(LINES)
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1"}
    result = subprocess.run(
        [str(BINARY), "-c", str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **keys},
    )
    lines = [json.loads(line) for line in (tmp_path / "out.txt").read_text().splitlines()]
    assert {(x["team"], x["run"], x["job"]) for x in lines} == {("vision", "r1", "churn-1")}
    assert [(x["stream"], x["message"]) for x in lines] == [
        ("stdout", "hello"),
        (
            "stderr",
            'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\nValueError: x',
        ),
        ("stdout", "a long line"),
    ]
    assert lines[0]["data"]["team"] == "evil"
    stream = "vision.train-0.trainer in log group /groundplan/ml-prod/logs/vision"
    assert f"Creating log stream {stream}" in result.stderr
