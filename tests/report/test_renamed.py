"""The findings of a resource that is renamed with an alias are not new."""

import pathlib
from collections.abc import Sequence
from dataclasses import replace

import pytest
from groundplan.manifest import bases
from groundplan.manifest import project as projects
from groundplan.manifest.bases import Base
from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.run import Request, Result
from groundplan.report.gather import gather
from groundplan.report.wanted import Wanted

DATABASE = "aws:rds/instance:Instance"
OLD = Resource(
    f"urn:pulumi:dev::shop::{DATABASE}::db", DATABASE, "db", None, True, {"engine": "postgres"}
)
NEW = replace(
    OLD,
    urn=OLD.urn.replace("::db", "::store"),
    name="store",
    options={"aliases": [{"name": "db"}]},
)


def result(resource: Resource) -> Result:
    return Result(Manifest("shop", "dev", (resource,)))


def test_findings_of_a_renamed_resource_are_not_new(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text("")
    (tmp_path / "base.json").write_text("{}")
    base = Base("base.json", {"dev": result(OLD)})
    monkeypatch.setattr(bases, "of_file", lambda *_: base)

    def run(_: Sequence[Request]) -> list[Result]:
        return [result(NEW)]

    wanted = Wanted(projects.load(tmp_path), ["dev"], base=str(tmp_path / "base.json"))
    (report,) = gather(wanted, lambda _: None, run)
    assert report.findings
    assert report.new_findings == ()
