"""Lock files: the same bytes for the same lock, and one clear error for a bad one."""

import itertools
import pathlib

import pytest
from groundplan.locks import file
from groundplan.locks.image_reference import is_moving
from groundplan.locks.model import Entry, Kind, Lock, Reference
from groundplan.manifest import lock_files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DAY = "2026-11-28"
DIGEST = "sha256:" + "0123456789abcdef" * 4
AGENT = "docker.io/kserve/agent:v0.20.0"
ENTRIES = [
    Entry(Reference(Kind.IMAGE, AGENT), f"{AGENT}@{DIGEST}", "docker.io", "2026-11-28"),
    Entry(
        Reference(Kind.NODE_IMAGE, "1.36/AL2023_x86_64_STANDARD"),
        "1.36.1-20260903",
        "ssm:GetParameter in us-east-1",
        "2026-11-28",
        "2027-08-02",
        "https://github.com/awslabs/amazon-eks-ami/releases/tag/v20260903",
    ),
    Entry(Reference(Kind.CHART, "oci://r.io/c/x:1.0"), DIGEST, "r.io", "2026-11-27"),
    Entry(
        Reference(Kind.ADDON, "1.36/coredns:v1-eksbuild.1"), "v1-eksbuild.1", "eks", "2026-11-28"
    ),
]
GOOD = file.text_of(Lock.of(ENTRIES), "prod")


def at(folder: pathlib.Path, text: str) -> pathlib.Path:
    found = lock_files.file_of(folder, "prod")
    found.write_text(text, encoding="utf-8")
    return found


def test_a_lock_is_read_as_it_was_written(tmp_path: pathlib.Path) -> None:
    assert file.read(at(tmp_path, GOOD)) == Lock.of(ENTRIES)


def test_no_file_is_no_lock(tmp_path: pathlib.Path) -> None:
    assert file.read(lock_files.file_of(tmp_path, "prod")) is None


def test_the_order_of_entries_does_not_change_the_file() -> None:
    for order in itertools.permutations(ENTRIES):
        assert file.text_of(Lock.of(order), "prod") == GOOD


NAMES = st.from_regex(r"[a-z]{1,8}(/[a-z0-9]{1,8}){1,2}:[A-Za-z0-9_][\w.-]{0,9}", fullmatch=True)


@given(st.sets(NAMES, max_size=5), st.sampled_from(["", "2027-01-01"]))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_lock_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, names: set[str], support: str
) -> None:
    lock = Lock.of(
        Entry(Reference(Kind.IMAGE, f"r.io/{name}"), f"r.io/{name}@{DIGEST}", "r.io", DAY, support)
        for name in names
        if is_moving(f"r.io/{name}")
    )
    found = file.read(at(tmp_path_factory.getbasetemp(), file.text_of(lock, "prod")))
    assert found == lock
    assert file.text_of(found or Lock(), "prod") == file.text_of(lock, "prod")


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("format: 1", "format: 2", "format is 2. Allowed: 1"),
        ("format: 1", "format: true", "format is true"),
        ("  source: docker.io", "  sources: docker.io", 'the key "sources" (did you mean source?)'),
        ("  source: docker.io", "  source: docker.io\n  more: x", 'nothing reads the key "more"'),
        ("  source: docker.io", "  source: docker.io\n  source: x", "source"),
        ("  source: docker.io", "  source: [docker.io]", "source is ["),
        ("  source: docker.io", "  source: ''", 'source is ""'),
        (f"{AGENT}@{DIGEST}", f"{AGENT}@{DIGEST[:-1]}", "resolved is"),
        (f"{AGENT}@{DIGEST}", f"{AGENT}@{DIGEST.upper()}", "resolved is"),
        (f"{AGENT}@{DIGEST}", f"docker.io/other/agent:v0.20.0@{DIGEST}", f"Allowed: {AGENT}@"),
        (f"{AGENT}@{DIGEST}", AGENT, "resolved is"),
        (f"reference: {AGENT}\n", f"reference: {AGENT}@{DIGEST}\n", "an image without a digest"),
        ("kind: chart", "kind: charts", 'kind is "charts". Allowed: addon, chart, image'),
        (f"resolved: {DIGEST}", "resolved: sha256:12", "Allowed: a digest"),
        ("resolved: v1-eksbuild.1", "resolved: v2", "Allowed: v1-eksbuild.1, as referred to"),
        ("resolved: 1.36.1-20260903", "resolved: the newest", "Allowed: a version"),
        ("support: '2027-08-02'", "support: '2027-13-02'", "Allowed: a day"),
        ("notes: https://", "notes: http://", "begins with https://"),
        ("- kind: chart", "- reference", "is not YAML"),
        ("- kind: chart", "- kind: [", "is not YAML"),
    ],
)
def test_a_bad_file_has_one_error_with_its_line_and_a_fix(
    tmp_path: pathlib.Path, old: str, new: str, words: str
) -> None:
    assert GOOD.count(old) >= 1
    text = GOOD.replace(old, new, 1)
    with pytest.raises(file.LockError) as error:
        file.read(at(tmp_path, text))
    message = str(error.value)
    assert message.startswith("lock.prod.yaml:")
    assert words in message
    assert "Fix: restore it (git checkout -- lock.prod.yaml)" in message
    changed = line_of(text, new.strip().split("\n")[-1].strip())
    assert int(message.split(":")[1].split()[0]) in range(changed - 1, changed + 3)


def test_an_entry_that_is_there_twice_names_both_lines(tmp_path: pathlib.Path) -> None:
    first = GOOD.index("- kind: image")
    block = GOOD[first : GOOD.index("- kind: node-image")]
    with pytest.raises(file.LockError) as error:
        file.read(at(tmp_path, GOOD.replace(block, block + block)))
    where = line_of(GOOD, f"reference: {AGENT}")
    again = where + block.count("\n")
    assert f"lock.prod.yaml:{again}: {AGENT} is there twice, first in line {where}" in str(
        error.value
    )


@pytest.mark.parametrize("text", ["", "[]", "format: 1", "format: 1\nentries: {}", "\x00", "a: *b"])
def test_what_is_no_lock_file_is_refused(tmp_path: pathlib.Path, text: str) -> None:
    with pytest.raises(file.LockError, match=r"^lock\.prod\.yaml"):
        file.read(at(tmp_path, text))


@pytest.mark.parametrize("key", file.REQUIRED)
def test_an_entry_without_a_key_names_it(tmp_path: pathlib.Path, key: str) -> None:
    kept = [line for line in GOOD.splitlines() if key != line.strip(" -").partition(":")[0]]
    with pytest.raises(file.LockError):
        file.read(at(tmp_path, "\n".join(kept)))
