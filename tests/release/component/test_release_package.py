"""The function archive: it requires only boto3 and builds reproducibly."""

import json
import os
import pathlib
import site
import subprocess
import sys
import textwrap
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from groundplan.lambda_functions import source_archive
from groundplan.release.component import package

TARGET: dict[str, Any] = {
    "endpoint": "ml-prod-fraud",
    "region": "eu-west-1",
    "variant": "primary",
    "role_arn": "arn:aws:iam::123456789012:role/fraud",
    "model_package_group": "fraud",
    "audit": {"bucket": "artifacts"},
}
OF_BOTO3 = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("task")
    for path, asset in package.archive({"fraud": TARGET}).assets.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(asset.text)  # type: ignore[union-attr]
    return folder


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Returns a folder with only boto3 and its dependencies, as in Lambda."""
    folder = tmp_path_factory.mktemp("libraries")
    installed = pathlib.Path(boto3.__file__).parents[1]
    for name in OF_BOTO3:
        (folder / name).symlink_to(installed / name)
    return folder


def run(code: str, unpacked: pathlib.Path, libraries: pathlib.Path) -> Any:
    environment = {
        "PYTHONPATH": f"{unpacked}{os.pathsep}{libraries}",
        "GROUNDPLAN_TARGETS_FILE": str(unpacked / "targets.json"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    # Without site: the packages of this environment are out of reach.
    done = subprocess.run(
        [sys.executable, "-S", "-c", textwrap.dedent(code)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_handler_runs_with_boto3_alone(unpacked: pathlib.Path, libraries: pathlib.Path) -> None:
    module, _, function = package.HANDLER.rpartition(".")
    result = run(
        f"""
        import importlib, json, sys
        handle = getattr(importlib.import_module({module!r}), {function!r})
        answer = handle({{"detail-type": "SageMaker Endpoint State Change", "detail": {{"EndpointName": "other"}}}}, None)
        loaded = {{name.split(".")[0] for name in sys.modules}}
        print(json.dumps({{
            "answer": answer,
            "loaded": sorted(loaded & {{"pulumi", "pulumi_aws", "click", "rich", "pydantic", "yaml"}}),
            "from": sys.modules["groundplan"].__file__,
        }}))
        """,  # noqa: E501
        unpacked,
        libraries,
    )
    assert result["answer"] == {"answers": {}}
    assert result["loaded"] == []
    assert result["from"].startswith(str(unpacked))
    assert not result["from"].startswith(tuple(site.getsitepackages()))


def test_every_module_of_the_archive_can_be_imported_there(
    unpacked: pathlib.Path, libraries: pathlib.Path
) -> None:
    modules = [
        path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        for path in source_archive.sources(package.ENTRY)
    ]
    result = run(
        (
            "import importlib, json; print(json.dumps([importlib.import_module(n).__name__ "
            f"for n in {modules!r}]))"
        ),
        unpacked,
        libraries,
    )
    assert result == modules


def test_no_component_no_command_and_no_settings_are_in_it() -> None:
    paths = set(source_archive.sources(package.ENTRY))
    assert {
        "groundplan/__init__.py",
        "groundplan/problems.py",
        "groundplan/release/engine/handler.py",
    } <= paths
    rooms = {path.split("/")[1] for path in paths if path.count("/") > 1}
    assert rooms == {"data", "release"}
    assert not [path for path in paths if "/commands/" in path or "/component/" in path]
    assert {
        "groundplan/cli/group.py",
        "groundplan/arguments/__init__.py",
        "groundplan/release/engine/pruning.py",
    } & paths == set()


def test_a_new_component_does_not_change_the_archive() -> None:
    assert "ModelEndpoint" not in source_archive.sources(package.ENTRY)["groundplan/__init__.py"]


def test_what_only_a_type_checker_sees_is_not_packed(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {
        "entry": (
            "if TYPE_CHECKING:\n    from groundplan import seen\ndef later():\n    from "
            "groundplan import used\n"
        ),
        "seen": "",
        "used": "import groundplan.deeper.end\nimport boto3\n",
        "__init__": "from groundplan import seen\n",
        "deeper/__init__": "",
        "deeper/end": "",
    }.items():
        file = tmp_path / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    monkeypatch.setattr(source_archive, "_ROOT", tmp_path)
    source_archive.sources.cache_clear()
    try:
        names = ("__init__", "deeper/__init__", "deeper/end", "entry", "used")
        assert list(source_archive.sources("groundplan.entry")) == [
            f"groundplan/{name}.py" for name in names
        ]
    finally:
        source_archive.sources.cache_clear()


def test_archive_does_not_depend_on_the_order_of_targets() -> None:
    def result(targets: dict[str, Any]) -> list[tuple[str, str]]:
        return [(path, asset.text) for path, asset in package.archive(targets).assets.items()]  # type: ignore[union-attr]

    other = dict(reversed(TARGET.items()))
    assert result({"a": TARGET, "b": other}) == result({"b": TARGET, "a": TARGET})
    assert result({"a": TARGET}) != result({"a": {**TARGET, "variant": "other"}})


def test_archive_is_reproducible_in_another_process() -> None:
    code = """
import hashlib
from groundplan.release.component import package
files = [(path, asset.text) for path, asset in package.archive({"a": {"b": 1, "c": 2}}).assets.items()]
print(hashlib.sha256(repr(files).encode()).hexdigest())
"""  # noqa: E501
    result = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(result) == 1


def test_the_targets_are_where_the_handler_looks(unpacked: pathlib.Path) -> None:
    assert pathlib.PurePosixPath(package.TARGETS_FILE).parent == pathlib.PurePosixPath("/var/task")
    assert json.loads(
        (unpacked / pathlib.PurePosixPath(package.TARGETS_FILE).name).read_text()
    ) == {"fraud": TARGET}
