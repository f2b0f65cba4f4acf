"""The architecture holds: layers, what must never import what, and no import cycles.

Imports are read off the source (`ast`), those inside of functions too; what only a type
checker sees (`TYPE_CHECKING`) does not count.
"""

import ast
import graphlib
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

import groundplan
import pytest

ROOT = pathlib.Path(__file__).parents[1]
LIBRARY = ROOT / "components" / "groundplan"

FOUNDATIONS = frozenset(
    {
        "acceptance",
        "aws",
        "command_line",
        "arguments",
        "context",
        "dataset_names",
        "docstrings",
        "excerpts",
        "facts",
        "iam",
        "networks",
        "objectives",
        "policy_documents",
        "problems",
        "runbooks",
        "s3_uris",
        "secret_names",
        "settings_key",
        "signed_requests",
        "tags",
        "web_addresses",
    }
)
SHARED = frozenset({"eventbridge", "kubernetes", "lambda_functions", "sagemaker", "state_machines"})
COMPONENTS = frozenset(module.split(".")[1] for module in groundplan.MODULES.values()) - (
    FOUNDATIONS | SHARED
)
READERS = frozenset(
    {
        "catalog",
        "manifest",
        "delivery_levels",
        "diff",
        "risk",
        "cost",
        "policy",
        "proof",
        "report",
    }
)

ALLOWED: dict[str, frozenset[str]] = {
    **dict.fromkeys(FOUNDATIONS, FOUNDATIONS),
    "acceptance": FOUNDATIONS | {"component"},
    # Commands of all packages run a program offline.
    "command_line": FOUNDATIONS | {"manifest"},
    "definitions": FOUNDATIONS,
    "component": FOUNDATIONS,
    **dict.fromkeys(SHARED, FOUNDATIONS | SHARED | {"storage"}),
    **dict.fromkeys(COMPONENTS, FOUNDATIONS | SHARED | COMPONENTS | {"component", "data"}),
    "retraining": FOUNDATIONS | SHARED | COMPONENTS | {"component", "data"},
    # What is approved is a manifest, and shown as a report.
    "delivery": FOUNDATIONS | SHARED | COMPONENTS | READERS | {"component", "data"},
    # What idles is judged by operations alone.
    "cost_guard": FOUNDATIONS | SHARED | COMPONENTS | {"component", "data", "operations"},
    "catalog": FOUNDATIONS,
    "manifest": FOUNDATIONS | {"catalog"},
    "delivery_levels": FOUNDATIONS | {"catalog", "manifest"},
    "diff": FOUNDATIONS | {"catalog", "manifest"},
    "risk": FOUNDATIONS | {"catalog", "manifest", "diff"},
    "cost": FOUNDATIONS | {"catalog", "manifest", "diff"},
    "policy": FOUNDATIONS | {"catalog", "manifest", "delivery_levels", "diff"},
    "proof": FOUNDATIONS | {"catalog", "manifest"},
    "report": FOUNDATIONS | READERS,
    "testing": FOUNDATIONS | {"manifest"},
    "lazy_sdks": frozenset({"manifest"}),
    # The dashboards, which are data: without Pulumi, as all of operations.
    # What compares a plan with an account reads manifests, which are plain data.
    "operations": FOUNDATIONS | {"release", "monitoring", "manifest", "cost", "locks"},
    # Lock files, which programs read too.
    "locks": FOUNDATIONS | {"manifest"},
    "pull_requests": FOUNDATIONS,
    "data": FOUNDATIONS | SHARED | COMPONENTS | {"component", "data"},
    "cli": FOUNDATIONS
    | READERS
    | {
        "data",
        "delivery",
        "locks",
        "model_monitoring",
        "operations",
        "pull_requests",
        "release",
        "retraining",
    },
    "plugin": FOUNDATIONS | {"component"},
}
"""Package -> the packages of the library that it may import."""

COMPONENT_IMPORTS: dict[str, frozenset[str]] = {
    "api": frozenset({"data", "registry", "release", "retraining", "storage"}),
    "cost_guard": frozenset({"storage", "release"}),
    "delivery": frozenset({"storage", "release"}),
    "model_monitoring": frozenset({"storage", "data"}),
    # The Job of a pipeline on a cluster is a training job's: one function builds both.
    "data": frozenset({"model_monitoring", "release", "storage", "training"}),
    "release": frozenset({"data", "storage"}),
    "serving": frozenset({"storage", "release"}),
    "training": frozenset({"data", "storage"}),
    "retraining": frozenset(
        {"data", "model_monitoring", "registry", "release", "storage", "training"}
    ),
}
"""Component package -> the other component packages that it may import. Default:
storage, whose buckets and keys others use."""

WITHOUT_PULUMI = (
    "delivery.approval",
    "delivery.commands",
    "api.handlers",
    "api.models",
    "api.routes",
    "api.settings",
    "release.engine",
    "release.cluster",
    "release.commands",
    "operations",
    *(f"locks.{name}" for name in ("application", "file", "model", "references")),
    "facts",
    "data.pipeline.engine",
    "data.pipeline.job",
    "data.pipeline.machine",
    "model_monitoring.analysis",
    "cost_guard.engine",
    "retraining.engine",
    "retraining.machine",
    "retraining.commands",
    "model_monitoring.commands",
    "data.versions",
    "data.commands",
    "logs.index",
)
WITHOUT_PROVIDERS = ("args", "validation", "spec", "choices")


@cache
def modules() -> tuple[tuple[str, pathlib.Path], ...]:
    """Returns the modules of the library, without `groundplan.`."""
    return tuple(
        (".".join(part for part in parts if part != "__init__"), file)
        for file in sorted(LIBRARY.rglob("*.py"))
        if (parts := file.relative_to(LIBRARY).with_suffix("").parts)
    )


@cache
def imports(file: pathlib.Path) -> frozenset[str]:
    """Returns the modules and packages that a file imports, in full."""
    return frozenset(_imports(ast.parse(file.read_text(encoding="utf-8"))))


def _imports(module: ast.Module) -> Iterator[str]:
    # Imports are statements: expressions, most of the tree, are not walked.
    rest: list[ast.AST] = [module]
    while rest:
        node = rest.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            rest += node.orelse
        else:
            rest += (
                child
                for child in ast.iter_child_nodes(node)
                if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case)
            )


@cache
def of_library(file: pathlib.Path) -> frozenset[str]:
    """Returns the modules of the library that a file imports, without `groundplan.`."""
    known = {name for name, _ in modules()}
    prefix = "groundplan."
    found = {name.removeprefix(prefix) for name in imports(file) if name.startswith(prefix)}
    return frozenset(known & found)


def test_no_import_goes_up() -> None:
    wrong = []
    for name, file in modules():
        package = name.partition(".")[0]
        for imported in of_library(file):
            other = imported.partition(".")[0]
            if package and other != package and other not in ALLOWED.get(package, frozenset()):
                wrong.append(f"{name} imports {imported}")
    assert sorted(wrong) == []


def test_every_package_has_its_layer() -> None:
    packages = {name.partition(".")[0] for name, _ in modules()} - {""}
    assert packages == ALLOWED.keys()


def test_components_import_few_others() -> None:
    wrong = []
    for name, file in modules():
        package = name.partition(".")[0]
        if package not in COMPONENTS:
            continue
        for imported in of_library(file):
            other = imported.partition(".")[0]
            if other in COMPONENTS - {package} and other not in COMPONENT_IMPORTS.get(
                package, {"storage"}
            ):
                wrong.append(f"{name} imports {imported}")
    assert sorted(wrong) == []


def test_there_is_no_import_cycle() -> None:
    files = dict(modules())
    graph = {name: of_library(file) - {name} for name, file in files.items() if name}
    graphlib.TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("package", WITHOUT_PULUMI)
def test_what_runs_without_pulumi_does_not_import_it(package: str) -> None:
    files = [f for name, f in modules() if name == package or name.startswith(f"{package}.")]
    assert files
    for file in files:
        assert not {i for i in imports(file) if i.partition(".")[0].startswith("pulumi")}, file


def test_settings_are_validated_without_the_provider_sdks() -> None:
    wrong = [
        name
        for name, file in modules()
        if name.rpartition(".")[2] in WITHOUT_PROVIDERS
        and any(i.partition(".")[0] in ("pulumi_aws", "pulumi_kubernetes") for i in imports(file))
    ]
    assert wrong == []


def test_no_validation_imports_a_provider_sdk_by_way_of_another_module() -> None:
    names = [f"groundplan.{name}" for name, _ in modules() if name.endswith("validation")]
    program = (
        f"import importlib, sys; [importlib.import_module(name) for name in {names}]; "
        "sys.exit(str([m for m in ('pulumi_aws', 'pulumi_kubernetes') if m in sys.modules] or ''))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert ended.stderr.strip() == ""


def test_readers_import_no_component() -> None:
    wrong = [
        f"{name} imports {imported}"
        for name, file in modules()
        if name.partition(".")[0] in READERS
        for imported in of_library(file)
        if imported.partition(".")[0] in COMPONENTS | SHARED
    ]
    assert wrong == []


def test_risk_cost_policy_and_proof_do_not_know_one_another() -> None:
    judges = {"risk", "cost", "policy", "proof"}
    wrong = [
        f"{name} imports {imported}"
        for name, file in modules()
        if name.partition(".")[0] in judges
        for imported in of_library(file)
        if imported.partition(".")[0] in judges - {name.partition(".")[0]}
    ]
    assert wrong == []


def test_only_infra_knows_infra() -> None:
    infra = {file.stem for file in (ROOT / "infra").glob("*.py")} - {"__main__"}
    for name, file in modules():
        assert not {i.partition(".")[0] for i in imports(file)} & infra, name
