"""`groundplan approve` and `groundplan up`: what they keep, refuse and run. The engine
and the program are stand-ins here; tests/engine has the real ones."""

import json
import pathlib
import signal
from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
import sealed_shop
from click.testing import CliRunner, Result
from groundplan.cli import main
from groundplan.command_line.pulumi_cli import PulumiError
from groundplan.delivery.approval import recording
from groundplan.delivery.approval.pulumi_cli import Pulumi
from moto import mock_aws

STORE = "s3://approvals-123456789012/shop"


class Shop:
    """A project, the world that is recorded, and what Pulumi was asked to do."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        # Without files: they are compared with the disk after an update.
        self.world: dict[str, Any] = {**sealed_shop.WORLD, "program": {}, "settings": {}}
        self.ups: list[tuple[str, bool]] = []
        self.refreshes: list[bool] = []
        self.updates = [("2026-11-27T00:00:00Z", "")]
        self.exit_code = 0
        self.plan: dict[str, Any] = {}
        self.others: list[tuple[str, str]] = []
        (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        (folder / "__main__.py").write_text("")
        self.settings("{}")

    def settings(self, delivery: str) -> None:
        """Writes the delivery settings of the stack."""
        (self.folder / "Pulumi.dev.yaml").write_text(f"config: {{shop:delivery: {delivery}}}\n")

    def record(
        self, _project: Any, _stack: str, salt: str, pulumi: Pulumi, _say: Any, *, state_only: bool
    ) -> Any:
        if pulumi.plan and self.plan and not state_only:
            pulumi.plan.write_text(json.dumps(self.plan))
        return sealed_shop.recorded(self.world, salt, state_only=state_only)

    def up(self, message: str, plan: pathlib.Path | None, *, refresh: bool, **_: bool) -> int:
        self.refreshes.append(refresh)
        self.ups.append((message, plan is not None))
        self.updates = [("2026-11-28T00:00:00Z", message), *self.others, *self.updates]
        return self.exit_code

    def run(self, *words: str) -> Result:
        """Runs a command on the stack."""
        return CliRunner().invoke(main, [words[0], "dev", "-p", str(self.folder), *words[1:]])

    def file(self, name: str = "approval.json") -> str:
        """The path of a document."""
        return str(self.folder / name)


@pytest.fixture
def shop(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    shop = Shop(tmp_path)
    monkeypatch.setattr(recording, "record", shop.record)
    monkeypatch.setattr(Pulumi, "updates", lambda _self: shop.updates)
    monkeypatch.setattr(Pulumi, "up", lambda _self, *words, **named: shop.up(*words, **named))
    monkeypatch.setattr(Pulumi, "save_plan", lambda _self, file: file.write_text("{}"))
    return shop


@pytest.fixture
def aws() -> Iterator[tuple[str, str]]:
    """A bucket of approvals, and two keys."""
    with mock_aws():
        boto3.client("s3", "us-east-1").create_bucket(Bucket="approvals-123456789012")
        kms = boto3.client("kms", "us-east-1")
        keys = [
            kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
            for _ in range(2)
        ]
        yield keys[0], keys[1]


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def approve(shop: Shop, *words: str) -> Any:
    result = shop.run("approve", "--yes", "--json", *words)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_what_was_approved_is_deployed(shop: Shop) -> None:
    sealed = approve(shop, "--out", shop.file(), "--approver", "ada")
    result = shop.run("up", "--approval", shop.file())
    assert result.exit_code == 0, result.output
    assert shop.ups == [(f"groundplan up: approval {sealed['name']}", False)]
    assert f"deployed, approved by ada ({sealed['name']})" in result.stderr


def test_anything_else_is_refused_and_named_and_nothing_runs(shop: Shop) -> None:
    approve(shop, "--out", shop.file())
    shop.world = {**shop.world, "versions": {**shop.world["versions"], "groundplan": "other"}}
    result = shop.run("up", "--approval", shop.file(), "--json")
    assert result.exit_code == 3
    data = json.loads(result.stdout)
    (refusal,) = data["refusals"]
    assert refusal["kind"] == "versions"
    assert refusal["difference"]["subject"] == "groundplan"
    assert json.loads(result.stderr)["error"]["exit_code"] == 3
    assert shop.ups == []


def test_many_differences_are_counted(shop: Shop) -> None:
    approve(shop, "--out", shop.file())
    shop.world = {**shop.world, "program": {f"file{n}.py": "sha256:1" for n in range(30)}}
    result = shop.run("up", "--approval", shop.file())
    assert "and 10 more (--json has all)" in result.stderr


def test_a_check_changes_nothing(shop: Shop) -> None:
    approve(shop, "--out", shop.file())
    result = shop.run("up", "--approval", shop.file(), "--check", "--json")
    assert (result.exit_code, json.loads(result.stdout)["result"]) == (0, "unchanged")
    assert shop.ups == []


def test_a_failed_update_says_what_to_do(shop: Shop) -> None:
    approve(shop, "--out", shop.file())
    shop.exit_code = 255
    result = shop.run("up", "--approval", shop.file())
    assert result.exit_code == 4
    assert "approve again" in result.stderr


def test_another_update_meanwhile_is_reported(shop: Shop) -> None:
    approve(shop, "--out", shop.file())
    shop.others = [("2026-11-27T23:59:59Z", "by hand")]
    result = shop.run("up", "--approval", shop.file())
    assert result.exit_code == 5
    assert "another update ran meanwhile: 2026-11-27T23:59:59Z by hand" in result.stderr


def test_the_engines_plan_constrains_the_update_on_request(shop: Shop) -> None:
    approve(shop, "--out", shop.file())
    assert shop.run("up", "--approval", shop.file(), "--constrain").exit_code == 0
    assert [constrained for _, constrained in shop.ups] == [True]


def test_a_document_is_not_overwritten(shop: Shop) -> None:
    approve(shop, "--out", shop.file())
    again = shop.run("approve", "--yes", "--out", shop.file())
    assert again.exit_code == 1
    assert "is there already" in again.stderr


def test_nobody_confirms_for_a_person(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(
        main, ["approve", "dev", "-p", str(shop.folder), "--out", shop.file()], input="n\n"
    )
    assert result.exit_code == 1
    assert "Approve this for dev?" in result.output
    assert not pathlib.Path(shop.file()).exists()


def test_the_newest_approval_of_the_store_counts(shop: Shop, aws: tuple[str, str]) -> None:
    key, _ = aws
    shop.settings(f"{{approval: {{keyArn: '{key}', store: '{STORE}'}}}}")
    assert shop.run("up").exit_code == 3
    sealed = approve(shop)
    assert sealed["signed_by"] == key
    assert sealed["approver"].startswith("arn:aws:")
    assert sealed["document"].startswith(f"{STORE}/approvals/shop/dev/")
    assert shop.run("up").exit_code == 0
    assert shop.run("approve", "--revoke", sealed["name"]).exit_code == 0
    refused = shop.run("up")
    assert refused.exit_code == 3
    assert "it was revoked" in refused.stderr
    assert shop.run("approve", "--revoke", sealed["name"]).exit_code == 1  # once
    assert shop.run("approve", "--revoke", "unknown").exit_code == 1


def test_only_the_key_that_the_pipeline_trusts_counts(shop: Shop, aws: tuple[str, str]) -> None:
    key, other = aws
    approve(shop, "--out", shop.file("unsigned.json"))
    approve(shop, "--out", shop.file("other.json"), "--key", other)
    approve(shop, "--out", shop.file("signed.json"), "--key", key)
    for name, words in (
        ("unsigned.json", "has no signature"),
        ("other.json", f"{other} signed it"),
    ):
        result = shop.run("up", "--approval", shop.file(name), "--key", key)
        assert result.exit_code == 3, name
        assert words in result.stderr
    assert shop.ups == []
    assert shop.run("up", "--approval", shop.file("signed.json"), "--key", key).exit_code == 0
    # Settings are part of what is approved: they must not name another key than the
    # pipeline does.
    shop.settings(f"{{approval: {{keyArn: '{other}'}}}}")
    result = shop.run("up", "--approval", shop.file("other.json"), "--key", key)
    assert result.exit_code == 1
    assert "correct delivery.approval.keyArn" in result.stderr


def test_an_expired_approval_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from groundplan.delivery.commands import approve as command

    monkeypatch.setattr(command, "now", lambda: sealed_shop.NOW)
    approve(shop, "--out", shop.file(), "--hours", "1")
    monkeypatch.undo()
    result = shop.run("up", "--approval", shop.file())
    assert result.exit_code == 3
    assert "it expired at 2026-11-28T13:00:00+00:00" in result.stderr


@pytest.mark.parametrize(
    ("level", "code"),
    [
        ("infrastructure-as-code", 0),
        ("continuous-integration", 0),
        ("continuous-delivery", 3),
        ("continuous-deployment", 0),
    ],
)
def test_continuous_delivery_needs_an_approval(shop: Shop, level: str, code: int) -> None:
    shop.settings(f"{{level: {level}}}")
    result = shop.run("up")
    assert result.exit_code == code
    assert bool(shop.ups) is (code == 0)
    if code:
        assert "dev has no approval. Fix: groundplan approve dev" in result.stderr


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("{level: fast}", "delivery.level"),
        ("{approval: {validHours: 0}}", "delivery.approval.validHours is 0"),
        ("{approval: {keyArn: 'arn:aws:kms:us-east-1:123456789012:alias/a'}}", "an alias can be"),
        ("{approval: {store: approvals}}", "s3://BUCKET"),
        ("fast", "delivery"),
        ("{level: continuous-deployment, approval: {store: s3://abc}}", "gates decide"),
    ],
)
def test_invalid_settings_are_refused_by_both(shop: Shop, settings: str, words: str) -> None:
    shop.settings(settings)
    for command in (["approve", "--out", shop.file(), "--yes"], ["up"]):
        result = shop.run(*command)
        assert result.exit_code == 1, result.output
        assert words in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["approve", "--yes"],
        ["approve", "--json", "--out", "x.json"],
        ["approve", "--revoke", "1"],
        ["approve", "--hours", "0", "--out", "x.json"],
        ["up", "--approval", "missing.json"],
        ["up", "--store", "s3://"],
    ],
)
def test_misuse_is_refused(shop: Shop, words: list[str]) -> None:
    assert shop.run(*words).exit_code == 2


def test_without_pulumi_both_say_so(tmp_path: pathlib.Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PulumiError, match="not on the PATH"):
        Pulumi(tmp_path, "dev").export()


SLOW = """#!/bin/sh
trap 'exit 7' TERM
kill -TERM "$PPID"
for second in $(seq 200); do sleep 0.05; done
exit 9
"""


def test_an_interruption_is_left_to_pulumi_which_ends_its_update(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pulumi").write_text(SLOW)
    (tmp_path / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    received: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: received.append(number))
    try:
        assert Pulumi(tmp_path, "dev").up("message", None, quiet=True) == 7
        assert received == []
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--store", "ftp://host/approvals"], "expected s3://BUCKET/PREFIX or a folder"),
        (["--store", "s3://A_B/c"], "expected s3://BUCKET/PREFIX or a folder"),
        (["--store", "Pulumi.yaml"], "is a file. Fix: name a folder"),
        (["--key", "alias/approvals", "--store", "."], "expected the ARN of a KMS key"),
        (["--key", "arn:aws:kms:us-east-1:123456789012:alias/a", "--store", "."], "an alias can"),
        (["--out", "no/approval.json"], "there is no folder no. Fix: create it"),
    ],
)
@pytest.mark.parametrize("command", ["approve", "up"])
def test_a_place_or_a_key_that_can_not_be_is_refused_before_anything_runs(
    command: str,
    words: list[str],
    message: str,
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if command == "up" and "--out" in words:  # it has no such option
        return
    monkeypatch.chdir(shop.folder)
    monkeypatch.setattr(recording, "record", None)
    result = shop.run(command, *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in " ".join(result.stderr.split())
    assert shop.ups == []


def test_a_document_that_is_there_is_named_before_anybody_is_asked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    pathlib.Path(shop.file()).write_text("{}")
    monkeypatch.setattr(recording, "record", None)
    result = shop.run("approve", "--out", shop.file())
    assert result.exit_code == 1
    assert "is there already. Fix: " in result.stderr
    assert pathlib.Path(shop.file()).read_text() == "{}"


def test_settings_that_are_invalid_are_named_with_their_lines(shop: Shop) -> None:
    shop.settings("{level: continuos-delivery, approval: {validHours: 0}}")
    result = shop.run("up")
    assert (result.exit_code, shop.ups) == (1, [])
    assert "Pulumi.dev.yaml has invalid settings: " in result.stderr
    assert "shop:delivery.level is " in result.stderr
    assert "Pulumi.dev.yaml:1\n" in result.stderr


def test_delivery_settings_that_are_no_mapping_are_refused_with_a_fix(shop: Shop) -> None:
    shop.settings("continuous-delivery")
    result = shop.run("approve", "--out", shop.file())
    assert result.exit_code == 1
    assert 'shop:delivery is "continuous-delivery". ' in result.stderr
    assert "Fix: write it as {level: continuous-delivery}." in result.stderr


def test_a_section_without_a_value_is_no_section(shop: Shop) -> None:
    shop.settings("null")
    result = shop.run("up")
    assert result.exit_code == 0, result.output


UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def plan(custom: bool, value: Any) -> dict[str, Any]:
    """The engine's plan of one resource whose output has a value, and of a deletion."""
    goal = {"custom": custom, "outputDiff": {"adds": {"at": {"inner": value}}}}
    return {"resourcePlans": {"urn:a": {"goal": goal}, "urn:b": {"goal": None}}}


@pytest.mark.parametrize(
    ("found", "option", "constrained"),
    [
        (plan(False, "known"), [], True),
        (plan(True, UNKNOWN), [], True),  # the engine allows it of a resource
        (plan(False, UNKNOWN), [], False),
        (plan(False, {"@isPulumiResource": True}), [], False),
        (plan(False, UNKNOWN), ["--constrain"], True),
        (plan(False, "known"), ["--no-constrain"], False),
    ],
)
def test_an_update_is_constrained_where_the_engine_would_not_fail_in_the_middle(
    shop: Shop, found: dict[str, Any], option: list[str], constrained: bool
) -> None:
    approve(shop, "--out", shop.file())
    shop.plan = found
    result = shop.run("up", "--approval", shop.file(), "--json", *option)
    assert result.exit_code == 0, result.output
    assert [one for _, one in shop.ups] == [constrained]
    assert json.loads(result.stdout)["constrained"] is constrained
    says_why = "does not know the outputs of 1 component yet" in result.stderr
    assert says_why is (not constrained and not option)


def test_what_an_approved_refresh_would_undo_is_undone(shop: Shop) -> None:
    approve(shop, "--out", shop.file())
    assert shop.run("up", "--approval", shop.file()).exit_code == 0
    approve(shop, "--out", shop.file("state.json"), "--state-only")
    assert shop.run("up", "--approval", shop.file("state.json")).exit_code == 0
    shop.settings("{}")
    assert shop.run("up").exit_code == 0
    assert shop.refreshes == [True, False, False]


@pytest.mark.parametrize("place", [["--store", STORE], ["--key", "KEY", "--out", "OUT"]])
def test_with_a_key_or_a_bucket_the_caller_approves_and_no_other_name(
    shop: Shop, aws: tuple[str, str], place: list[str]
) -> None:
    words = [{"KEY": aws[0], "OUT": shop.file()}.get(word, word) for word in place]
    refused = shop.run("approve", "--yes", "--approver", "eve", *words)
    assert refused.exit_code == 2
    assert "who approves is the caller of AWS. Fix: leave it out" in " ".join(
        refused.stderr.split()
    )
    sealed = approve(shop, *words)
    assert sealed["approver"] == sealed["sealed_by"]
    assert sealed["approver"].startswith("arn:aws:")


def test_a_name_without_aws_is_kept_beside_who_sealed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TRIGGERING_ACTOR", "octocat")
    sealed = approve(shop, "--out", shop.file(), "--approver", "the reviewers")
    assert (sealed["approver"], sealed["sealed_by"]) == ("the reviewers", "octocat")
    result = shop.run("up", "--approval", shop.file())
    assert f"approved by the reviewers ({sealed['name']}), sealed by octocat" in result.stderr


def test_a_user_without_a_name_says_who_approves(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr("getpass.getuser", nobody)
    for name in ("GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR", "BUILD_REQUESTEDFOR"):
        monkeypatch.delenv(name, raising=False)
    result = shop.run("approve", "--yes", "--out", shop.file())
    assert result.exit_code == 1
    assert "This user has no name. Fix: " in result.stderr
    assert not pathlib.Path(shop.file()).exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--hours", "9"], "validHours of the settings is 8. Allowed: 1 to 8"),
        (["--approver", " "], "expected a name"),
        (["--approver", "a\nb"], "expected one line"),
        (["--reason", "a\x1b[2J"], "expected one line"),
    ],
)
def test_what_a_document_must_not_say_is_refused_before_anything_runs(
    shop: Shop, words: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.settings("{approval: {validHours: 8}}")
    monkeypatch.setattr(recording, "record", None)
    result = shop.run("approve", "--yes", "--out", shop.file(), *words)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


def test_an_approval_that_holds_longer_than_the_settings_allow_is_refused(shop: Shop) -> None:
    approve(shop, "--out", shop.file(), "--hours", "48")
    shop.settings("{approval: {validHours: 8}}")
    result = shop.run("up", "--approval", shop.file())
    assert result.exit_code == 3
    assert "it holds for 48 hours, of at most 8" in result.stderr


@pytest.mark.parametrize("command", [["approve", "--yes", "--out", "OUT"], ["up"]])
def test_options_of_pulumi_in_the_environment_are_refused_unless_they_only_show(
    shop: Shop, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [shop.file() if word == "OUT" else word for word in command]
    monkeypatch.setenv("PULUMI_OPTION_COLOR", "never")
    assert shop.run(*words).exit_code == 0
    pathlib.Path(shop.file()).unlink(missing_ok=True)
    shop.ups.clear()
    monkeypatch.setenv("PULUMI_OPTION_CONFIG", "owner=eve")
    result = shop.run(*words)
    assert (result.exit_code, shop.ups) == (1, [])
    assert "PULUMI_OPTION_CONFIG: set in the environment" in result.stderr
    assert "Fix: unset it" in result.stderr


def test_a_pipeline_can_demand_an_approval_whatever_the_level(shop: Shop) -> None:
    shop.settings("{level: continuous-integration}")
    result = shop.run("up", "--approved")
    assert (result.exit_code, shop.ups) == (3, [])
    assert "dev has no approval. Fix: groundplan approve dev" in result.stderr


def test_an_update_that_ran_is_never_reported_as_one_that_changed_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_self: Pulumi) -> list[tuple[str, str]]:
        if shop.ups:
            raise PulumiError("`pulumi stack history` failed")
        return []

    monkeypatch.setattr(Pulumi, "updates", unreadable)
    approve(shop, "--out", shop.file())
    result = shop.run("up", "--approval", shop.file())
    assert result.exit_code == 5
    assert "what ran meanwhile is not known: `pulumi stack history` failed" in result.stderr


def test_a_revocation_of_another_name_lists_the_newest(shop: Shop) -> None:
    store = str(shop.folder / "store")
    refused = shop.run("approve", "--revoke", "abc", "--store", store)
    assert refused.exit_code == 1
    assert 'there is no approval "abc" of shop/dev. Allowed: none' in refused.stderr
    sealed = approve(shop, "--store", store)
    refused = shop.run("approve", "--revoke", "abc", "--store", store)
    assert f"Allowed: {sealed['name']}, the newest first" in refused.stderr
    assert shop.run("approve", "--revoke", sealed["name"], "--store", store).exit_code == 0
    again = shop.run("approve", "--revoke", sealed["name"], "--store", store)
    assert f"Nothing was revoked: {sealed['name']} is revoked already" in again.stderr


def test_a_file_that_is_no_approval_is_named_with_what_to_do(shop: Shop) -> None:
    pathlib.Path(shop.file()).write_bytes(b"\xff")
    result = shop.run("up", "--approval", shop.file())
    assert (result.exit_code, shop.ups) == (3, [])
    assert f"{shop.file()}: it is not JSON" in result.stderr
    assert "Fix: look at what differs, and approve it: groundplan approve dev" in result.stderr
