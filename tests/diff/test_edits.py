"""The edits that cause changes: lines of settings and of programs."""

import pathlib
import subprocess

import pytest
from groundplan.diff.edits.changed_files import changed_files
from groundplan.diff.edits.edit import Edit
from groundplan.diff.edits.program import program_edits
from groundplan.diff.edits.settings import settings_edits
from groundplan.manifest.project import load

SETTINGS = """config:
  aws:region: us-east-1
  shop:network:
    cidrBlock: 10.0.0.0/16
    zones: [a, b]
  shop:pools:
    gpu: {maxSize: 8}
"""


def edits(old: str, new: str, text: str = SETTINGS) -> list[tuple[str, str, str, str]]:
    assert old in text
    found = settings_edits("Pulumi.dev.yaml", text, text.replace(old, new))
    return [(edit.place, edit.setting, edit.old, edit.new) for edit in found]


@pytest.mark.parametrize(
    ("old", "new", "place", "setting", "was", "now"),
    [
        ("10.0.0", "10.1.0", ":4", "shop:network.cidrBlock", "10.0.0.0/16", "10.1.0.0/16"),
        ("us-east-1", "eu-west-1", ":2", "aws:region", "us-east-1", "eu-west-1"),
        ("8}", "16}", ":7", "shop:pools.gpu.maxSize", "8", "16"),
        ("[a, b]", "[a, b, c]", ":5", "shop:network.zones", "[a, b]", "[a, b, c]"),
        ("    zones: [a, b]\n", "", ":5", "shop:network.zones", "[a, b]", ""),
        (
            "    gpu: {maxSize: 8}\n",
            "    gpu: {maxSize: 8}\n    cpu:\n      maxSize: 2\n      spot: true\n",
            ":8",
            "shop:pools.cpu",
            "",
            "{maxSize: 2, spot: true}",
        ),
    ],
)
def test_a_setting_has_its_line_its_old_and_its_new_value(
    old: str, new: str, place: str, setting: str, was: str, now: str
) -> None:
    assert edits(old, new) == [(f"Pulumi.dev.yaml{place}", setting, was, now)]


def test_a_comment_and_another_style_are_no_edit() -> None:
    assert edits("    gpu: {maxSize: 8}", "    # more\n    gpu:\n      maxSize: 8") == []


def test_what_differs_in_a_list_of_mappings_is_the_value() -> None:
    text = "config:\n  a:rules:\n    - {port: 1}\n    - {port: 2}\n"
    assert edits("2}", "3}", text) == [("Pulumi.dev.yaml:4", "a:rules[1].port", "2", "3")]


@pytest.mark.parametrize(
    ("line", "new"),
    [
        ("  a:dbPassword: hunter2", "  a:dbPassword: hunter3"),
        ("  a:key: {secure: v1:abc}", "  a:key: {secure: v1:abd}"),
        ("  a:key: ghp_" + "a" * 36, "  a:key: ghp_" + "b" * 36),
        ("  a:db: {password: hunter2}", "  a:db: {password: hunter3}"),
    ],
)
def test_a_secret_is_not_shown(line: str, new: str) -> None:
    ((_, _, was, now),) = edits(line, new, f"config:\n{line}\n")
    assert (was, now) == ("[secret]", "[secret]")


@pytest.mark.parametrize("text", ["a: [", "x: &a [1]\ny: *b", "- &a [*a]", "a: 1\na: 2", "[" * 200])
def test_settings_that_can_not_be_read_have_no_edits(text: str) -> None:
    assert settings_edits("f", text, SETTINGS) == []
    assert settings_edits("f", SETTINGS, text) == []


def test_a_new_settings_file_is_one_edit() -> None:
    found = settings_edits("f", "", "config:\n  a:b: 1\n")
    assert [(edit.old, edit.new) for edit in found] == [("", "{config: {a:b: 1}}")]


PROGRAM = """import pulumi_aws as aws

CIDR = "10.0.0.0/16"
vpc = aws.ec2.Vpc(
    "net",
    cidr_block=CIDR,
)
for name in ("a", "b"):
    aws.sqs.Queue(name, delay_seconds=1)
"""


def lines(old: str, new: str) -> list[Edit]:
    assert old in PROGRAM
    return program_edits("__main__.py", PROGRAM, PROGRAM.replace(old, new)) or []


def test_a_line_of_a_program_has_its_old_and_its_new_text() -> None:
    (edit,) = lines("10.0", "10.1")
    assert (edit.place, edit.old, edit.new) == (
        "__main__.py:3",
        'CIDR = "10.0.0.0/16"',
        'CIDR = "10.1.0.0/16"',
    )


def test_a_line_is_in_the_statement_that_registers_the_resource() -> None:
    (edit,) = lines('    "net",\n', '    "network",\n')
    assert edit.statement == edit.old_statement == range(4, 8)
    (edit,) = lines("delay_seconds=1", "delay_seconds=2")
    assert edit.statement == range(9, 10)
    (edit,) = lines('("a", "b")', '("a",)')
    assert edit.statement == range(8, 9)


def test_a_long_line_shows_the_part_that_differs() -> None:
    start = "aws.ec2.Subnet(name, " + "tags=tags, " * 12
    (edit,) = (
        program_edits("a.py", f'{start}cidr="10.0.0.0/24")', f'{start}cidr="10.1.0.0/24")') or []
    )
    assert edit.old.startswith("…tags=tags,")
    assert edit.old.endswith('cidr="10.0.0.0/24")')
    assert edit.new.endswith('cidr="10.1.0.0/24")')


def test_added_and_removed_lines_have_one_side() -> None:
    (edit,) = lines("    cidr_block=CIDR,\n", "    cidr_block=CIDR,\n    tags={},\n")
    assert (edit.line, edit.old, edit.new, edit.statement) == (7, "", "tags={},", range(4, 9))
    (edit,) = lines("    cidr_block=CIDR,\n", "")
    assert (edit.old, edit.new, edit.old_statement) == ("cidr_block=CIDR,", "", range(4, 8))


def test_comments_and_blank_lines_of_a_program_are_no_edits() -> None:
    assert lines("import pulumi_aws as aws\n", "import pulumi_aws as aws\n# a\n\n") == []


def test_a_secret_in_a_program_is_not_shown() -> None:
    (edit,) = program_edits("a.py", "", 'db(password="hunter2", name="x")') or []
    assert edit.new == 'db(password="[secret]", name="x")'


def test_a_program_with_a_syntax_error_is_compared_by_lines() -> None:
    (edit,) = program_edits("a.py", "x = (", "x = [") or []
    assert (edit.old, edit.new, edit.statement) == ("x = (", "x = [", range(1, 2))


def test_thousands_of_lines_are_not_compared() -> None:
    assert program_edits("a.py", "a\n" * 6_000, "b\n") is None


def git(folder: pathlib.Path, *arguments: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    command = ["git", *who, *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "deploy"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text(SETTINGS)
    (folder / "Pulumi.prod.yaml").write_text(SETTINGS)
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / "README.md").write_text("shop\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    return folder


def test_the_files_of_a_stack_are_compared_with_a_commit(shop: pathlib.Path) -> None:
    commit = git(shop, "rev-parse", "HEAD")
    (shop / "Pulumi.dev.yaml").write_text(SETTINGS.replace("8", "9"))
    (shop / "Pulumi.prod.yaml").write_text(SETTINGS.replace("8", "10"))
    (shop / "names.py").write_text("NAME = 1\n")
    (shop / "README.md").write_text("shop 2\n")
    project = load(shop)
    changed = changed_files(project, commit)
    dev, prod = changed.edits(project, "dev"), changed.edits(project, "prod")
    assert [(edit.place, edit.new) for edit in dev.edits] == [
        ("Pulumi.dev.yaml:7", "9"),
        ("names.py:1", "NAME = 1"),
    ]
    assert [edit.new for edit in prod.edits] == ["10", "NAME = 1"]
    assert dev.complete
    (shop.parent / "library.py").write_text("x = 1\n")
    assert not changed_files(project, commit).complete


def test_a_new_lock_is_a_cause_of_its_own_stack_s_changes(shop: pathlib.Path) -> None:
    commit = git(shop, "rev-parse", "HEAD")
    (shop / "Pulumi.dev.yaml").write_text(SETTINGS.replace("8", "9"))
    (shop / "lock.dev.yaml").write_text("format: 1\nentries: []\n")
    changed = changed_files(load(shop), commit)
    dev, prod = changed.edits(load(shop), "dev"), changed.edits(load(shop), "prod")
    assert [edit.place for edit in dev.edits] == ["Pulumi.dev.yaml:7"]
    assert not dev.complete
    assert (prod.edits, prod.complete) == ((), True)


def test_an_unknown_commit_has_no_files(shop: pathlib.Path) -> None:
    found = changed_files(load(shop), "0" * 40)
    assert not found.files
    assert not found.complete
