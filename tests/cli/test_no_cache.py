"""The manifest of a base comes from the cache, unless --no-cache runs it."""

import pathlib
from typing import Any

import pytest
from click.testing import CliRunner
from groundplan.cli import main
from groundplan.report import gather
from groundplan.report.wanted import Wanted


@pytest.mark.parametrize("flag", [True, False])
def test_no_cache_runs_the_base(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, flag: bool
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").touch()
    wanted: list[Wanted] = []

    def record(asked: Wanted, *_: Any) -> list[Any]:
        wanted.append(asked)
        return []

    monkeypatch.setattr(gather, "gather", record)
    arguments = ["preview", "-p", str(tmp_path), "--base", "HEAD", *["--no-cache"] * flag]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert (wanted[0].cache is None) == flag
