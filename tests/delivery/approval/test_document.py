"""Documents of approvals: what was changed in them is refused."""

import dataclasses
import datetime
import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
import sealed_shop
from groundplan.delivery.approval import judging, signing
from groundplan.delivery.approval.canonical import digest
from groundplan.delivery.approval.document import DocumentError, read
from groundplan.delivery.approval.store import Folder, add, revoke
from moto import mock_aws

CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "no document": (lambda d: d.clear(), "no approval"),
    "another purpose": (lambda d: d.update(purpose="x"), "no approval"),
    "another format": (lambda d: d.update(format=2), "format is 2"),
    "an incomplete document": (lambda d: d.pop("salt"), "incomplete"),
    "a short salt": (lambda d: d.update(salt="00"), "incomplete"),
    "a time without a zone": (lambda d: d.update(expires_at="2027-01-01T00:00:00"), "incomplete"),
    "an unknown part": (lambda d: d["subject"].update(more=1), "incomplete"),
    "a resource": (
        lambda d: d["subject"]["manifest"]["resources"].pop(),
        "changed after the approval: manifest",
    ),
    "the state": (lambda d: d["subject"]["baseline"].clear(), "changed after .*: baseline"),
    "a digest": (lambda d: d["digests"].update(settings="x"), "changed after .*: settings"),
    "a signature that is no text": (
        lambda d: d.update(signature={"key": "k", "algorithm": "a", "value": "?"}),
        "incomplete",
    ),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_document_that_was_changed_is_refused(kind: str) -> None:
    change, words = CHANGES[kind]
    data = json.loads(sealed_shop.approval().to_json())
    change(data)
    with pytest.raises(DocumentError, match=words):
        read(json.dumps(data).encode())


WRONG: list[Any] = [
    None,
    1,
    "x",
    [],
    [1],
    {"a": 1},
    {"a": {"b": 1}},
    {"resources": [1], "invokes": []},
    {"resources": [{"urn": "u", "inputs": 3}], "invokes": []},
    {"resources": [], "invokes": [{}]},
]


@pytest.mark.parametrize("part", sorted(json.loads(sealed_shop.approval().to_json())["subject"]))
def test_a_part_of_another_type_is_refused_or_a_difference_and_never_a_crash(part: str) -> None:
    """Who can write a document without a signature writes its digests too."""
    current = sealed_shop.recorded(sealed_shop.WORLD)
    for value in WRONG:
        data = json.loads(sealed_shop.approval().to_json())
        data["subject"][part] = value
        data["digests"][part] = digest(value)
        try:
            document = read(json.dumps(data).encode())
        except DocumentError:
            continue
        assert judging.of_content(document, current), (part, value)


@pytest.mark.parametrize("field", ["approver", "sealed_by", "reason"])
@pytest.mark.parametrize("text", ["a\n::error::b", "\x1b[2J", 1, None])
def test_a_name_that_would_command_a_terminal_or_a_log_is_refused(field: str, text: Any) -> None:
    data = json.loads(sealed_shop.approval().to_json())
    data[field] = text
    with pytest.raises(DocumentError, match="incomplete"):
        read(json.dumps(data).encode())


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"[" * 100_000, b'{"purpose"'])
def test_what_is_no_document_is_refused(content: bytes) -> None:
    with pytest.raises(DocumentError):
        read(content)


def test_a_document_is_read_as_it_was_written() -> None:
    assert read(sealed_shop.approval().to_json().encode()) == sealed_shop.approval()


def test_a_document_has_no_value_of_the_state_and_no_secret() -> None:
    text = sealed_shop.approval().to_json()
    for secret in ("https://internal", "data-1", "v1:abc", "arn:aws:s3:::"):
        assert secret not in text


@pytest.fixture(scope="module")
def keys() -> Iterator[tuple[Any, str, str]]:
    """KMS, and two keys that sign."""
    with mock_aws():
        kms = boto3.client("kms", "us-east-1")
        arns = [
            kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
            for _ in range(2)
        ]
        yield kms, arns[0], arns[1]


def refused(document: Any, trust: judging.Trust) -> list[str]:
    return [one.kind for one in judging.of_document(document, "shop", "dev", trust)]


def test_a_signature_counts_for_its_key_and_its_content_alone(
    keys: tuple[Any, str, str],
) -> None:
    kms, ours, theirs = keys
    trust = judging.Trust(ours, kms, None, sealed_shop.NOW)
    signed = signing.sign(sealed_shop.approval(), ours, kms)
    assert refused(read(signed.to_json().encode()), trust) == []
    assert refused(sealed_shop.approval(), trust) == ["signature"]
    assert refused(signing.sign(sealed_shop.approval(), theirs, kms), trust) == ["signature"]
    assert signed.signature is not None
    other = sealed_shop.changed(lambda world: world.update(commit="b"))
    changes: list[dict[str, Any]] = [
        {"approver": "eve"},
        {"sealed_by": "eve"},
        {"reason": ""},
        {"expires_at": sealed_shop.NOW + datetime.timedelta(days=300)},
        {"salt": "f" * 32},
        {"subject": sealed_shop.recorded(other).subject},
    ]
    for change in changes:
        assert refused(dataclasses.replace(signed, **change), trust) == ["signature"], change


def test_an_approval_ends_and_is_of_one_stack() -> None:
    document = sealed_shop.approval(hours=2)
    for hours, kinds in ((-1, ["expired"]), (0, []), (1.9, []), (2, ["expired"])):
        now = sealed_shop.NOW + datetime.timedelta(hours=hours)
        trust = judging.Trust(None, None, None, now)
        assert refused(document, trust) == kinds, hours
    trust = judging.Trust(None, None, None, sealed_shop.NOW)
    for project, stack in (("shop", "prod"), ("other", "dev")):
        found = judging.of_document(document, project, stack, trust)
        assert [one.kind for one in found] == ["stack"]


def test_an_approval_holds_no_longer_than_the_settings_allow() -> None:
    for hours, kinds in ((4, []), (5, ["expired"])):
        trust = judging.Trust(None, None, None, sealed_shop.NOW, datetime.timedelta(hours=4))
        assert refused(sealed_shop.approval(hours=hours), trust) == kinds


def test_a_revoked_approval_is_refused_wherever_its_document_is(tmp_path: Any) -> None:
    store = Folder(tmp_path)
    document = sealed_shop.approval()
    add(store, document)
    trust = judging.Trust(None, None, store, sealed_shop.NOW)
    assert refused(document, trust) == []
    revoke(store, "shop", "dev", document.name)
    assert refused(document, trust) == ["revoked"]
