"""The process that holds the provider SDKs, and forks for each run."""

import json
import os
import pathlib
import sys
import threading
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from typing import Any

import pytest
from groundplan.manifest import lazy_providers
from groundplan.manifest.run import Request, Result, in_new_process, preview_all
from groundplan.manifest.warm import classes, compiled, holder
from groundplan.manifest.warm.holder import Holder, runs_in

PROGRAM = """
import os, pathlib, pulumi, random, sys
import pulumi_aws as aws
import own
pulumi.held = getattr(pulumi, "held", 0) + 1
aws.sqs.Queue("q", name=own.name)
pulumi.export("runs", pulumi.held)
pulumi.export("random", random.random())
pulumi.export("stack", pulumi.get_stack())
pulumi.export("created", "TopicPolicy" in vars(sys.modules["pulumi_aws.sns.topic_policy"])
              if "pulumi_aws.sns.topic_policy" in sys.modules else False)
getattr(aws.sns, "Topic" + "Policy")  # a name that the text of the program does not have
"""
INTERPRETER = pathlib.Path(sys.executable)


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    root = tmp_path_factory.mktemp("shop")
    (root / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (root / "__main__.py").write_text(PROGRAM)
    (root / "own.py").write_text("name = 'a'\n")
    return root


@pytest.fixture
def held(project: pathlib.Path) -> Iterator[Holder]:
    process = Holder(INTERPRETER, project, project)
    yield process
    process.end()


def run(held: Holder, *requests: Request) -> list[Result]:
    with held.connect() as connection:
        return preview_all(requests, run_jobs=runs_in(connection, held.interpreter))


def outputs(result: Result) -> dict[str, Any]:
    assert result.manifest is not None, result.message
    return dict(result.manifest.outputs)


@pytest.fixture
def new(project: pathlib.Path) -> Iterator[Holder]:
    """A process that has run nothing."""
    process = Holder(INTERPRETER, project, project)
    yield process
    process.end()


def test_runs_share_the_sdks_and_no_state(project: pathlib.Path, new: Holder) -> None:
    first, second = (outputs(*run(new, Request(project, "dev"))) for _ in range(2))
    assert first["runs"] == second["runs"] == 1
    assert first["random"] != second["random"]
    # The class that the first run has created was there before the second.
    assert (first["created"], second["created"]) == (False, True)
    (project / "own.py").write_text("name = 'b'\n")  # of the same size, within a second
    for result in run(new, Request(project, "dev"), Request(project, "prod")):
        assert result.manifest is not None
        (queue,) = result.manifest
        assert queue.inputs["name"] == "b"


def test_the_manifest_is_that_of_a_new_process(project: pathlib.Path, held: Holder) -> None:
    (project / "__main__.py").write_text(PROGRAM.replace("random.random()", "0"))
    _first, warm = (run(held, Request(project, "dev"))[0] for _ in range(2))
    (new,) = preview_all([Request(project, "dev")])
    assert warm.manifest is not None
    assert new.manifest is not None
    expected = new.manifest.to_json().replace('"created": false', '"created": true')
    assert warm.manifest.to_json() == expected


def test_it_reports_what_it_holds(project: pathlib.Path, held: Holder) -> None:
    run(held, Request(project, "dev"))
    held.receive()
    assert any(path.endswith("manifest/recorder.py") for path in held.held)
    assert any(path.endswith("site-packages") for path in held.held)
    # What a run reads is no reason to start the process again.
    assert not any(path.startswith(str(project)) for path in held.held)


def test_a_run_ends_when_its_connection_closes(
    project: pathlib.Path, held: Holder, tmp_path: pathlib.Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (project / "__main__.py").write_text(
        f"import os, signal\npipe = os.open({str(pipe)!r}, os.O_WRONLY)\n"
        "os.write(pipe, b'x')\nsignal.pause()\n"
    )
    connection = held.connect()
    results: list[Result] = []
    jobs = runs_in(connection, held.interpreter)
    # Without a cancelled preview, the run then starts in a new process: it must not.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(holder, "in_new_process", lambda *_: 1)
        thread = threading.Thread(
            target=lambda: results.extend(preview_all([Request(project, "dev")], run_jobs=jobs))
        )
        thread.start()
        with pipe.open("rb", buffering=0) as handshake:
            assert handshake.read(1) == b"x"
            holder._shut(connection)
            assert handshake.read() == b""
        thread.join()
    connection.close()
    assert results[0].manifest is None


def test_without_the_process_a_run_starts_a_new_one(project: pathlib.Path) -> None:
    (project / "__main__.py").write_text("import pulumi\npulumi.export('a', 1)\n")
    process = Holder(pathlib.Path("/bin/false"), project, project)
    assert outputs(*run(process, Request(project, "dev"))) == {"a": 1}
    while process.receive():
        pass
    process.end()
    with pytest.raises(OSError, match="missing"):
        Holder(project / "missing", project, project)


def test_another_interpreter_is_not_the_one_that_is_held(
    project: pathlib.Path, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    started: list[pathlib.Path] = []

    def record(_jobs: pathlib.Path, interpreter: pathlib.Path, _root: pathlib.Path) -> int:
        started.append(interpreter)
        return 0

    assert callable(in_new_process)
    monkeypatch.setattr(holder, "in_new_process", record)
    jobs = runs_in(None, tmp_path)  # type: ignore[arg-type]
    assert jobs(tmp_path, INTERPRETER, project) == 0
    assert started == [INTERPRETER]


def test_a_compiled_module_that_may_be_of_a_former_text_is_not_read(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SourceFileLoader, "get_data", SourceFileLoader.get_data)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    compiled.check()
    source = tmp_path / "own_module.py"
    loader = SourceFileLoader("own_module", str(source))

    def value(text: str, modified: int) -> Any:
        source.write_text(text)
        os.utime(source, ns=(modified, modified))
        names: dict[str, Any] = {}
        exec(loader.get_code("own_module") or "", names)  # noqa: S102 (our own)
        return names["x"]

    assert value("x = 1", 10**18) == 1  # long ago: its .pyc is read from now on
    assert value("x = 2", 10**18) == 1
    now = max(path.stat().st_mtime_ns for path in tmp_path.glob("__pycache__/*"))
    assert value("x = 3", now) == 3
    assert value("x = 4", now) == 4


def test_created_classes_are_those_of_installed_packages() -> None:
    import pulumi_aws

    assert isinstance(pulumi_aws.sqs.Queue, type)
    created = classes.created()
    assert "Queue" in created["pulumi_aws.sqs.queue"]
    assert json.loads(json.dumps(created)) == created
    assert lazy_providers.created(json) == []  # a module that is not lazy
    classes.create({"pulumi_aws.no_such_module": ["A"], "pulumi_aws.sqs.queue": ["Queue", "No"]})
