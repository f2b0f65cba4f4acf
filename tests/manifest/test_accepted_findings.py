"""Accepted findings of a stack's files: where they are read, and the lines of
errors."""

import pathlib

import pytest
from groundplan.manifest import accepted_findings, text_files
from groundplan.manifest.accepted_findings import Written, of_values, written
from groundplan.manifest.project import configuration, load
from groundplan.manifest.run import Request, preview

pytestmark = pytest.mark.usefixtures("forked")

ENTRY = """\
    - rule: bucket-versioned
      resource: {resource}
      reason: generated again every night
      owner: ml-platform
      expires: {expires}
"""


def project(folder: pathlib.Path, settings: str = "", name: str = "shop") -> None:
    (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text(f"config:\n  aws:region: us-east-1\n{settings}")
    (folder / "__main__.py").write_text("import pulumi_aws as aws\naws.s3.Bucket('data')\n")


def entry(resource: str = "data", expires: str = '"2027-02-28"') -> str:
    return ENTRY.format(resource=resource, expires=expires)


def read(folder: pathlib.Path, overrides: dict[str, str] | None = None) -> Written:
    found = load(folder)
    values = configuration(found, "dev", overrides or {})
    return written(found, "dev", values, overrides or {})


def test_the_settings_of_any_project_have_the_key(tmp_path: pathlib.Path) -> None:
    project(tmp_path, f"  groundplan:acceptedFindings:\n{entry()}")
    (only,) = read(tmp_path).entries
    assert only["source"] == "Pulumi.dev.yaml:4"
    assert only["rule"] == "bucket-versioned"


def test_a_project_of_another_name_has_it_in_its_own_namespace(tmp_path: pathlib.Path) -> None:
    project(tmp_path, f"  ml:acceptedFindings:\n{entry()}", name="ml")
    assert len(read(tmp_path).entries) == 1
    project(tmp_path, f"  acceptedFindings:\n{entry()}", name="ml")
    (only,) = read(tmp_path).entries
    assert only["source"] == "Pulumi.dev.yaml:4"


def test_a_file_beside_the_program_has_the_same_shape(tmp_path: pathlib.Path) -> None:
    project(tmp_path)
    file = tmp_path / "accepted.dev.yaml"
    # Only the engine would read an unquoted date as a time.
    file.write_text(f"acceptedFindings:\n{entry(expires='2027-02-28')}")
    (only,) = read(tmp_path).entries
    assert (only["source"], only["expires"]) == ("accepted.dev.yaml:2", "2027-02-28")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {}\n")
    (tmp_path / "accepted.prod.yaml").write_text("acceptedFindings: nonsense\n")
    assert read(tmp_path).problems == ()


def test_all_problems_of_all_files_have_file_and_line(tmp_path: pathlib.Path) -> None:
    project(tmp_path, f"  groundplan:acceptedFindings:\n{entry()}{entry('data-*')}")
    (tmp_path / "accepted.dev.yaml").write_text(
        "acceptedFindings:\n" + entry("logs", "soon") + "    - rule: bucket-versioned\n"
    )
    found = read(tmp_path).problems
    assert found[0].startswith("Pulumi.dev.yaml:10: groundplan:acceptedFindings[1].resource is ")
    assert found[1].startswith("accepted.dev.yaml:6: acceptedFindings[0].expires is ")
    missing = [line for line in found if "is missing" in line]
    assert len(missing) == 4
    assert all(line.startswith("accepted.dev.yaml:7: acceptedFindings[1].") for line in missing)
    assert len(found) == 6


def test_the_same_finding_twice_is_an_error(tmp_path: pathlib.Path) -> None:
    project(tmp_path, f"  groundplan:acceptedFindings:\n{entry()}")
    (tmp_path / "accepted.dev.yaml").write_text(f"acceptedFindings:\n{entry()}")
    (only,) = read(tmp_path).problems
    assert only.startswith("accepted.dev.yaml:2: bucket-versioned of data is accepted twice")
    assert "Pulumi.dev.yaml:4" in only


def test_a_file_that_is_no_list_is_one_error(tmp_path: pathlib.Path) -> None:
    project(tmp_path)
    file = tmp_path / "accepted.dev.yaml"
    for text, says in (
        ("- rule: x\n", "acceptedFindings is missing"),
        ("acceptedFinding: []\n", "accepted.dev.yaml:1: acceptedFinding is "),
        ("acceptedFindings: [\n", "is not YAML"),
        ("acceptedFindings: bucket\n", "accepted.dev.yaml:1: acceptedFindings is "),
    ):
        file.write_text(text)
        (only,) = read(tmp_path).problems
        assert says in only
    file.write_text("")
    assert read(tmp_path) == Written((), ())


def test_an_encrypted_list_is_refused_without_its_content(tmp_path: pathlib.Path) -> None:
    project(tmp_path, "  groundplan:acceptedFindings:\n    secure: AAABAciphertext\n")
    (only,) = read(tmp_path).problems
    assert "is a secret" in only
    assert "ciphertext" not in only


def test_config_overrides_the_settings(tmp_path: pathlib.Path) -> None:
    project(tmp_path, f"  groundplan:acceptedFindings:\n{entry()}")
    found = read(tmp_path, {"groundplan:acceptedFindings": '[{"rule": "x"}]'})
    assert found.entries == ()
    assert all(line.startswith("--config: ") for line in found.problems)
    assert read(tmp_path, {"groundplan:acceptedFindings": "[]"}) == Written((), ())


def test_a_manifest_has_them_as_they_are_written_and_reads_them_back(
    tmp_path: pathlib.Path,
) -> None:
    # Expired for years: that is for a report to say.
    text = entry(expires='"2020-01-01"')
    project(tmp_path, f"  groundplan:acceptedFindings:\n{text}")
    manifest = preview(Request(tmp_path, "dev")).manifest
    assert manifest is not None
    assert [entry["expires"] for entry in manifest.accepted_findings] == ["2020-01-01"]
    again = type(manifest).from_data(text_files.parse_json(manifest.to_json()))
    assert again.accepted_findings == manifest.accepted_findings
    assert [a.owner for a in accepted_findings.acceptances(again)] == ["ml-platform"]


def test_the_engines_configuration_has_no_lines(tmp_path: pathlib.Path) -> None:
    values = {"groundplan:acceptedFindings": '[{"rule": "bucket-versioned"}]'}
    found = of_values("shop", "dev", values, tmp_path)
    assert {line.partition(":")[0] for line in found.problems} == {"Pulumi.dev.yaml"}


def test_a_file_of_a_stack_that_does_not_exist_is_an_error(tmp_path: pathlib.Path) -> None:
    project(tmp_path)
    (tmp_path / "accepted.dve.yaml").write_text(f"acceptedFindings:\n{entry()}")
    (only,) = read(tmp_path).problems
    assert only.startswith('accepted.dve.yaml: stack is "dve". Allowed: dev.')
    assert 'did you mean "dev"' in only


def test_a_misspelt_key_is_an_error_that_names_it(tmp_path: pathlib.Path) -> None:
    project(tmp_path, f"  groundplan:acceptedFinding:\n{entry()}")
    (only,) = read(tmp_path).problems
    assert only.startswith("Pulumi.dev.yaml:3: groundplan:acceptedFinding is ")
    assert "did you mean groundplan:acceptedFindings" in only
    project(tmp_path, "  groundplan:network: {}\n")  # not ours to judge
    assert read(tmp_path).problems == ()


def test_an_error_shows_the_line_and_never_a_credential(tmp_path: pathlib.Path) -> None:
    secret = "AKIA" + "ABCDEFGHIJKLMNOP"
    text = entry().replace("generated again every night", f"uses the key {secret}")
    project(tmp_path, f"  groundplan:acceptedFindings:\n{text}{entry(expires='soon')}")
    shown, dated = read(tmp_path).problems
    assert secret not in shown
    assert dated.splitlines()[1:] == [
        "    13 |       expires: soon",
        "       |                ^^^^",
    ]
