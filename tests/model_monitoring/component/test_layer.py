"""The layer: it has what the function's code imports, and depends on its files only."""

import ast
import pathlib
import sys
import zipfile
from importlib import util

import pulumi
import pytest
from groundplan.model_monitoring.component.model_monitoring import archive

ROOT = pathlib.Path(__file__).parents[3]
OF_LAMBDA = {"boto3"}
OF_JINJA = {"markupsafe"}


def imported() -> set[str]:
    """Returns the packages that the function's code imports, without Python's own."""
    found: set[str] = set()
    for path, asset in archive().assets.items():
        if not path.endswith(".py"):
            continue
        assert isinstance(asset, pulumi.StringAsset)
        for node in ast.walk(ast.parse(asset.text)):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(str(node.module).partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"groundplan"}


def test_the_layer_has_all_that_the_function_imports() -> None:
    lines = (ROOT / "requirements-monitoring.in").read_text(encoding="utf-8").splitlines()
    listed = {line for line in lines if not line.startswith("#")}
    assert imported() == listed | OF_LAMBDA | OF_JINJA
    locked = (ROOT / "requirements-monitoring.txt").read_text(encoding="utf-8")
    assert all(f"\n{name}==" in f"\n{locked}" for name in listed | OF_JINJA)


def test_an_archive_depends_on_its_files_only(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = util.spec_from_file_location("pack_layer", ROOT / "tools" / "pack_layer.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    contents = []
    for names in (("b.py", "a.so"), ("a.so", "b.py")):
        folder = tmp_path / names[0]
        (folder / "python").mkdir(parents=True)
        for name in names:
            (folder / "python" / name).write_text(name)
        assert module.pack(folder, tmp_path / "packed.zip") == 8
        contents.append((tmp_path / "packed.zip").read_bytes())
    assert contents[0] == contents[1]
    with zipfile.ZipFile(tmp_path / "packed.zip") as packed:
        assert packed.namelist() == ["python/a.so", "python/b.py"]
    monkeypatch.setattr(module, "MOST", 3)
    with pytest.raises(ValueError, match="a function may have"):
        module.pack(tmp_path / "b.py", tmp_path / "packed.zip")
