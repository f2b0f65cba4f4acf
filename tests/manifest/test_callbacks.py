"""Callbacks that run on symbols: what they raise, decide and do."""

import asyncio
import base64
import hashlib
import ipaddress
import json
import os
import pathlib
import re
import socket
import string
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
import yaml
from groundplan.manifest.model import Manifest
from groundplan.manifest.recorder import Program, ProgramContext, record
from groundplan.manifest.run import Request, preview

pytestmark = pytest.mark.usefixtures("forked")

PREVIEW = ProgramContext("shop", "dev", assertions=False)
UNKNOWN = "${unknown until bucket}"


def outputs_of(program: Program, context: ProgramContext = PREVIEW) -> dict[str, Any]:
    return dict(record(program, context).outputs)


def result(callback: Callable[[Any], Any]) -> Any:
    """What a callback on the ARN of a bucket returns; a resource follows it."""

    def program() -> None:
        bucket = aws.s3.Bucket("bucket")
        queue = aws.sqs.Queue("queue", policy=bucket.arn.apply(callback))
        aws.sqs.Queue("last", name=queue.name)

    manifest = record(program, PREVIEW)
    assert [resource.name for resource in manifest] == ["bucket", "last", "queue"]
    (queue,) = (resource for resource in manifest if resource.name == "queue")
    return queue.inputs["policy"]


RAISING: dict[str, Callable[[Any], Any]] = {
    "json": lambda arn: json.loads(arn)["server"],
    "int": int,
    "float": float,
    "int with a fallback": lambda arn: _or_default(lambda: int(arn)),
    "json with a fallback": lambda arn: _or_default(lambda: json.loads(arn)),
    "ipaddress": lambda arn: str(ipaddress.ip_network(arn)),
    "base64": lambda arn: base64.b64decode(arn).decode(),
    "regular expression": lambda arn: re.match(r"arn:aws:(\w+)", arn)[1],  # type: ignore[index]
    "look-up": lambda arn: {"us-east-1": "a"}[arn],
    "look-up with a default": lambda arn: {"us-east-1": "a"}.get(arn, "b"),
    "exit": lambda _: sys.exit(3),
    "assertion": lambda arn: _assert(arn),
    "own error": lambda _: _raise(LookupError("no")),
    "key of text": lambda arn: arn["server"],
    "attribute": lambda arn: arn.server,
    "item of a split": lambda arn: arn.split(":")[5],
    "last of a split": lambda arn: arn.split("/")[-1],
    "partition": lambda arn: arn.partition("/")[2],
    "slice": lambda arn: arn[4:],
    "unpacking": lambda arn: [part for part in arn.split(":", 5)][5],  # noqa: C416
}


def _or_default(call: Callable[[], Any]) -> Any:
    try:
        return str(call())
    except Exception:  # noqa: BLE001
        return "default"


def _raise(error: BaseException) -> None:
    raise error


def _assert(arn: str) -> str:
    assert arn.startswith("arn:")
    return arn


@pytest.mark.parametrize("name", RAISING)
def test_a_callback_that_a_symbol_does_not_answer_is_unknown(name: str) -> None:
    assert result(RAISING[name]) == UNKNOWN


DECIDING: dict[str, Callable[[Any], Any]] = {
    "equal": lambda arn: "a" if arn == "arn:aws:s3:::x" else "b",
    "not equal": lambda arn: "a" if arn != "x" else "b",
    "the other way": lambda arn: "a" if "x" == arn else "b",  # noqa: SIM300
    "length": lambda arn: "a" if len(arn) > 10 else "b",
    "for": lambda arn: "".join(reversed([letter for letter in arn])),  # noqa: C416
    "in": lambda arn: "a" if ":aws-cn:" in arn else "b",
    "in a list": lambda arn: "a" if arn in ["x", "y"] else "b",
    "in a set": lambda arn: "a" if arn in {"x", "y"} else "b",
    "in a dictionary": lambda arn: "a" if arn in {"x": 1} else "b",
    "beginning": lambda arn: "a" if arn.startswith("arn:aws:") else "b",
    "beginnings": lambda arn: "a" if arn.startswith(("a", "b")) else "b",
    "order": lambda arn: "a" if arn < "b" else "b",
    "sorting": lambda arn: ",".join(sorted([arn, "b"])),
    "digits": lambda arn: "a" if arn.isdigit() else "b",
    "parts": lambda arn: "a" if len(arn.split(":")) > 5 else "b",
    "search": lambda arn: "a" if re.search("aws-cn", arn) else "b",
    "match statement": lambda arn: _matched(arn),
    "in a document": lambda arn: json.loads('{"a": "' + arn + '"}')["a"] == "x",
    "swallowed": lambda arn: _swallowed(arn),
}


def _matched(arn: str) -> str:
    match arn:
        case "x":
            return "a"
        case _:
            return "b"


def _swallowed(arn: str) -> str:
    try:
        return "a" if arn == "x" else "b"
    except BaseException:  # noqa: BLE001
        return "c"


@pytest.mark.parametrize("name", DECIDING)
def test_a_callback_that_decides_by_a_symbol_is_unknown(name: str) -> None:
    assert result(DECIDING[name]) == UNKNOWN


KNOWN: dict[str, tuple[Callable[[Any], Any], str]] = {
    "f-string": (lambda arn: f"{arn}/*", "${bucket.arn}/*"),
    "sum": (lambda arn: "a" + arn + "b", "a${bucket.arn}b"),
    "percent": (lambda arn: "%s/%s" % (arn, 1), "${bucket.arn}/1"),  # noqa: UP031
    "format": (lambda arn: "{}/{}".format(arn, 1), "${bucket.arn}/1"),  # noqa: UP032
    "join": (lambda arn: ",".join([arn, "x"]), "${bucket.arn},x"),
    "json": (lambda arn: json.dumps({"Resource": arn}), '{"Resource": "${bucket.arn}"}'),
    "key": (lambda arn: json.dumps({arn: 1}), '{"${bucket.arn}": 1}'),
    "yaml": (
        lambda arn: yaml.dump({"a": arn, "b": [arn]}),
        "a: ${bucket.arn}\nb:\n- ${bucket.arn}\n",
    ),
    "safe yaml": (lambda arn: yaml.safe_dump(arn + "/x"), "${bucket.arn}/x\n...\n"),
    "json of json": (lambda arn: json.loads(json.dumps([arn, 1]))[0] + "/x", "${bucket.arn}/x"),
    "template": (lambda arn: string.Template("a=$a").substitute(a=arn), "a=${bucket.arn}"),
    "distinct": (lambda arn: ",".join(dict.fromkeys([arn, arn])), "${bucket.arn}"),
    "is set": (lambda arn: arn if arn else "none", "${bucket.arn}"),
    "default": (lambda arn: arn or "none", "${bucket.arn}"),
    "isinstance": (lambda arn: "text" if isinstance(arn, str) else "", "text"),
    "itself": (lambda arn: "same" if arn == arn else "", "same"),
    "strip": (lambda arn: arn.strip() + "/x ".strip(), "${bucket.arn}/x"),
    "known beginning": (lambda arn: ("s3://" + arn).removeprefix("s3://"), "${bucket.arn}"),
    "known end": (lambda arn: (arn + "/*").removesuffix("/*"), "${bucket.arn}"),
    "decided beginning": (lambda arn: str(("s3://" + arn).startswith("s3:")), "True"),
    "decided end": (lambda arn: str((arn + "/").endswith("x")), "False"),
    "decided difference": (lambda arn: str(("s3://" + arn) == "*"), "False"),
    "known part": (lambda arn: ("a:b:" + arn).split(":")[1], "b"),
    "known parts": (lambda arn: ("a:" + arn).split(":", 1)[1], "${bucket.arn}"),
    "last part": (lambda arn: (arn + "/x/y").split("/")[-1], "y"),
    "part of text": (lambda arn: f"x-{arn.split(':')[5]}-y", f"x-{UNKNOWN}-y"),
    "all but a prefix": (lambda arn: arn.replace("https://", "") + ":sub", f"{UNKNOWN}:sub"),
    "rest of a split": (lambda arn: "/".join(arn.split("/")[1:]), UNKNOWN),
}


@pytest.mark.parametrize("name", KNOWN)
def test_text_is_built_from_symbols_and_known_parts_of_it_are_known(name: str) -> None:
    callback, expected = KNOWN[name]
    assert result(callback) == expected


def test_a_bucket_name_and_an_account_have_no_separators() -> None:
    def program() -> None:
        bucket = aws.s3.Bucket("bucket")
        uri = pulumi.Output.concat("s3://", bucket.bucket, "/models/a")
        account = aws.get_caller_identity_output().account_id
        pulumi.export("bucket", uri.apply(lambda text: text.removeprefix("s3://").partition("/")))
        pulumi.export(
            "account",
            pulumi.Output.concat("arn:aws:iam::", account, ":role/x").apply(
                lambda arn: arn.split(":")[4]
            ),
        )

    assert outputs_of(program) == {
        "bucket": ["${bucket.bucket}", "/", "models/a"],
        "account": "${aws.accountId}",
    }


EFFECTS: dict[str, Callable[[pathlib.Path], Any]] = {
    "socket": lambda _: socket.create_connection(("127.0.0.1", 9), timeout=1),
    "name resolution": lambda _: socket.getaddrinfo("localhost", 80),
    "process": lambda folder: subprocess.run(["touch", str(folder / "x")], check=True),
    "shell": lambda folder: os.system(f"touch {folder / 'x'}"),  # noqa: S605
    "file": lambda folder: (folder / "x").write_text("x"),
    "file descriptor": lambda folder: os.open(folder / "x", os.O_CREAT | os.O_WRONLY),
    "appending": lambda folder: (folder / "x").open("a"),
    "folder": lambda folder: (folder / "x").mkdir(),
    "removal": lambda folder: (folder / "kept").unlink(),
    "environment": lambda _: os.environ.__setitem__("GROUNDPLAN_X", "x"),
    "working directory": lambda folder: os.chdir(folder),
    "sleep": lambda _: time.sleep(600),
    "thread": lambda folder: threading.Thread(target=(folder / "x").touch).start(),
    "exit": lambda _: os._exit(7),
    "input": lambda _: input(),
    "signal": lambda _: os.kill(os.getpid(), 9),
}


@pytest.mark.parametrize("name", EFFECTS)
def test_a_callback_on_symbols_has_no_effect(
    name: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GROUNDPLAN_X", raising=False)
    (tmp_path / "kept").touch()
    here = pathlib.Path.cwd()
    effect = EFFECTS[name]

    assert result(lambda arn: _or_default(lambda: (effect(tmp_path), arn))) == UNKNOWN
    assert [file.name for file in tmp_path.iterdir()] == ["kept"]
    assert "GROUNDPLAN_X" not in os.environ
    assert pathlib.Path.cwd() == here


def test_a_callback_on_symbols_reads_files(tmp_path: pathlib.Path) -> None:
    (tmp_path / "template").write_text("bucket=@")
    template = tmp_path / "template"
    assert result(lambda arn: template.read_text().replace("@", arn)) == "bucket=${bucket.arn}"


def test_an_import_in_a_callback_on_symbols_writes_no_bytecode(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "imported_in_a_callback.py").write_text("NAME = 'x'")
    monkeypatch.syspath_prepend(tmp_path)

    def callback(arn: str) -> str:
        import imported_in_a_callback  # type: ignore[import-not-found]

        return f"{arn}-{imported_in_a_callback.NAME}"

    assert result(callback) == "${bucket.arn}-x"
    assert [file.name for file in tmp_path.iterdir()] == ["imported_in_a_callback.py"]


def test_a_callback_on_known_values_has_its_effects_and_its_errors(
    tmp_path: pathlib.Path,
) -> None:
    def program(text: str) -> None:
        bucket = aws.s3.Bucket("bucket", tags={"file": str(tmp_path / "x")})
        bucket.tags.apply(lambda tags: tags and pathlib.Path(tags["file"]).write_text(text))
        pulumi.Output.from_input(text).apply(json.loads)

    record(lambda: program("{}"), PREVIEW)
    assert (tmp_path / "x").read_text() == "{}"
    with pytest.raises(json.JSONDecodeError):
        record(lambda: program("no"), PREVIEW)


def test_text_that_only_looks_like_a_symbol_is_known() -> None:
    def program() -> None:
        pulumi.Output.from_input("${aws:username}").apply(json.loads)

    with pytest.raises(json.JSONDecodeError):
        record(program, PREVIEW)


def test_every_way_to_a_callback_is_covered() -> None:
    def program() -> None:
        bucket = aws.s3.Bucket("bucket")
        pulumi.export("all", pulumi.Output.all(bucket.arn, 1).apply(lambda v: int(v[0]) + v[1]))
        pulumi.export("named", pulumi.Output.all(a=bucket.arn).apply(lambda v: {"x": v["b"]}))
        pulumi.export("loads", pulumi.Output.json_loads(bucket.arn))
        pulumi.export("dumps", pulumi.Output.json_dumps({"a": bucket.arn, "b": object()}))
        pulumi.export("format", pulumi.Output.format("{:>200}", bucket.arn))
        pulumi.export(
            "nested",
            bucket.arn.apply(lambda a: pulumi.Output.from_input(1).apply(lambda _: int(a))),
        )
        pulumi.export("item", bucket.arn[0])
        pulumi.export("key", bucket.arn["server"])
        pulumi.export("attribute", bucket.arn.server)
        pulumi.export("chain", bucket.arn.apply(json.loads)["server"].apply(int))
        pulumi.export("async", bucket.arn.apply(_later))

    assert outputs_of(program) == dict.fromkeys(
        (
            *("all", "named", "loads", "dumps", "format", "nested", "item", "key", "attribute"),
            *("chain", "async"),
        ),
        UNKNOWN,
    )


async def _later(arn: str) -> str:
    await asyncio.sleep(0)
    return str(json.loads(arn)["server"])


def test_the_result_of_a_function_is_unknown_until_that() -> None:
    def program() -> None:
        pulumi.export("n", aws.get_caller_identity_output().account_id.apply(int))
        pulumi.export("vpc", aws.ec2.get_vpc_output(default=True).id.apply(lambda i: i[4:]))

    assert outputs_of(program) == {
        "n": "${unknown until aws.accountId}",
        "vpc": "${unknown until getVpc}",
    }


def test_an_unknown_value_is_no_value_for_the_sdk() -> None:
    def program() -> None:
        bucket = aws.s3.Bucket("bucket")
        first = aws.sqs.Queue("first", name=bucket.arn.apply(json.loads)["name"])
        chosen = bucket.arn.apply(lambda arn: first if arn == "x" else bucket)
        aws.sqs.Queue(
            "second",
            name=first.name.apply(lambda name: f"{name}-2"),
            tags=bucket.arn.apply(json.loads)["tags"],
            opts=pulumi.ResourceOptions(depends_on=[chosen]),
        )

    manifest = record(program, PREVIEW)
    assert [resource.name for resource in manifest] == ["bucket", "first", "second"]
    (second,) = (resource for resource in manifest if resource.name == "second")
    assert second.inputs == {"name": "${unknown until first}", "tags": UNKNOWN}


def test_what_is_computed_of_symbols_is_symbolic_although_it_does_not_show() -> None:
    def program() -> None:
        bucket = aws.s3.Bucket("bucket")
        encoded = bucket.arn.apply(lambda arn: base64.b64encode(arn.encode()).decode())
        pulumi.export("base64", encoded.apply(lambda text: json.loads(base64.b64decode(text))))
        pulumi.export("bytes", bucket.arn.apply(str.encode).apply(json.loads))
        digest = bucket.arn.apply(lambda arn: hashlib.sha256(arn.encode()).hexdigest())
        pulumi.export("all", pulumi.Output.all({"x": [digest]}, 1).apply(lambda v: int(v[0]["y"])))
        one: Any = pulumi.Output.from_input(1)
        nested = one.apply(lambda _: digest)
        pulumi.export("nested", nested.apply(lambda _: sys.exit(1)))

    assert outputs_of(program) == dict.fromkeys(("base64", "bytes", "all", "nested"), UNKNOWN)


def test_encrypted_settings_of_any_type_are_unknown() -> None:
    def program() -> None:
        config = pulumi.Config()
        port, database = config.require_secret_int("port"), config.get_secret_object("database")
        aws.sqs.Queue("queue", delay_seconds=port)
        loaded = config.require_secret("text").apply(lambda text: json.loads(text)["a"])
        pulumi.export("port", pulumi.Output.unsecret(port.apply(lambda port: port + 1)))
        pulumi.export("user", pulumi.Output.unsecret(database["user"]))  # type: ignore[index]
        pulumi.export("loaded", pulumi.Output.unsecret(loaded))

    keys = ("shop:port", "shop:database", "shop:text")
    config = {key: f"${{secret {key}}}" for key in keys}
    manifest = record(
        program, ProgramContext("shop", "dev", config, frozenset(config), assertions=False)
    )
    assert manifest.outputs == {
        "port": "${unknown until secret shop:port}",
        "user": "${unknown until secret shop:database}",
        "loaded": "${unknown until secret shop:text}",
    }
    assert [resource.name for resource in manifest] == ["queue"]


def test_an_unknown_value_names_all_that_it_depends_on_and_stays_secret() -> None:
    def program() -> None:
        one, two = aws.s3.Bucket("one"), aws.s3.Bucket("two")
        both = pulumi.Output.all(one.arn, two.arn).apply(lambda arns: int(arns[0] + arns[1]))
        pulumi.export("both", both)
        secret: Any = one.arn
        pulumi.export("secret", pulumi.Output.secret(secret).apply(int))
        aws.sqs.Queue("queue", delay_seconds=both)

    manifest = record(program, PREVIEW)
    assert manifest.outputs == {"both": "${unknown until one, two}", "secret": "[secret]"}
    (queue,) = (resource for resource in manifest if resource.name == "queue")
    assert queue.inputs == {"delaySeconds": "${unknown until one, two}"}
    assert [urn.rsplit("::", 1)[-1] for urn in queue.property_dependencies["delaySeconds"]] == [
        "one",
        "two",
    ]


def test_objects_of_a_provider_keep_their_types_in_a_callback() -> None:
    def program() -> None:
        cluster = aws.eks.Cluster("c", role_arn="r", vpc_config={"subnet_ids": ["a"]})
        pulumi.export("vpc", cluster.vpc_config.apply(lambda c: f"{c.vpc_id}/{c.subnet_ids[0]}"))
        identities: Any = cluster.identities
        pulumi.export("issuer", identities.apply(lambda i: i[0].oidcs[0].issuer[8:]))

    assert outputs_of(program) == {
        "vpc": "${c.vpcConfig.vpcId}/a",
        "issuer": "${unknown until c}",
    }


def created_in_a_callback() -> Manifest:
    def create(arn: str) -> None:
        aws.sqs.Queue("before", policy=arn)
        if arn == "x":
            aws.sqs.Queue("never")
        aws.sqs.Queue("after")

    def program() -> None:
        aws.s3.Bucket("bucket").arn.apply(create)
        aws.sqs.Queue("last")

    return record(program, PREVIEW)


def test_resources_of_a_callback_are_registered_until_it_needs_the_real_value() -> None:
    manifest = created_in_a_callback()
    assert [resource.name for resource in manifest] == ["bucket", "before", "last"]
    (before,) = (resource for resource in manifest if resource.name == "before")
    assert before.inputs == {"policy": "${bucket.arn}"}
    assert created_in_a_callback().to_json() == manifest.to_json()


def test_two_resources_with_unknown_names_are_no_duplicates() -> None:
    def create(arn: str) -> None:
        for part in (4, 5, 6):
            aws.sqs.Queue(f"queue-{arn.split(':')[part]}")

    manifest = record(lambda: aws.s3.Bucket("bucket").arn.apply(create), PREVIEW)
    assert [resource.name for resource in manifest] == [
        "bucket",
        f"queue-{UNKNOWN}",
        f"queue-{UNKNOWN} (2)",
        f"queue-{UNKNOWN} (3)",
    ]


def test_a_test_sees_its_assertions_fail_on_symbols() -> None:
    def compared(arn: str) -> None:
        assert arn == "arn:aws:s3:::x"

    def refused(arn: str) -> None:
        raise pulumi.RunError(f"{arn} is refused")

    test = ProgramContext("shop", "dev")
    with pytest.raises(AssertionError, match=r"\$\{bucket.arn\}, which isn't known"):
        record(lambda: aws.s3.Bucket("bucket").arn.apply(compared), test)
    with pytest.raises(pulumi.RunError, match=r"\$\{bucket.arn\} is refused"):
        record(lambda: aws.s3.Bucket("bucket").arn.apply(refused), test)
    assert list(record(lambda: aws.s3.Bucket("bucket").arn.apply(refused), PREVIEW))


def test_outputs_are_as_usual_after_a_run() -> None:
    before = pulumi.Output.apply, time.sleep, re.match, threading.Thread.start
    created_in_a_callback()
    assert (pulumi.Output.apply, time.sleep, re.match, threading.Thread.start) == before


PROGRAM = """
import json, socket, subprocess, sys
import pulumi
import pulumi_aws as aws

bucket = aws.s3.Bucket("bucket")


def refused(arn):
    raise pulumi.RunError(arn)


def compared(arn):
    assert arn == "x"


pulumi.export("exit", bucket.arn.apply(lambda _: sys.exit(3)))
pulumi.export("refused", bucket.arn.apply(refused))
pulumi.export("compared", bucket.arn.apply(compared))
pulumi.export("process", bucket.arn.apply(lambda arn: subprocess.run(["touch", "x"])))
pulumi.export("server", bucket.arn.apply(lambda arn: socket.create_connection((arn, 80))))
aws.sqs.Queue("last", name=bucket.arn.apply(lambda text: json.loads(text)["server"]))
"""


def test_a_preview_in_its_own_process_ends_well(tmp_path: pathlib.Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {aws:region: us-east-1}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)

    done = preview(Request(tmp_path, "dev"))
    assert (done.failed, done.message) == (False, "")
    assert done.manifest is not None
    assert [resource.name for resource in done.manifest] == ["bucket", "last"]
    assert done.manifest.outputs == dict.fromkeys(
        ("exit", "refused", "compared", "process", "server"), UNKNOWN
    )
    assert not (tmp_path / "x").exists()


def test_a_failure_on_known_values_still_ends_a_preview_with_its_line(
    tmp_path: pathlib.Path,
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {aws:region: us-east-1}\n")
    failing = "pulumi.Output.from_input('no').apply(lambda text: json.loads(text))"
    for line, message, function in (
        (failing, "JSONDecodeError", "<lambda>"),
        ("int('no')", "ValueError", "<module>"),
    ):
        (tmp_path / "__main__.py").write_text(f"{PROGRAM}{line}\n")
        done = preview(Request(tmp_path, "dev"))
        assert done.message.startswith(message)
        assert any(frame.endswith(f"in {function}: {line}") for frame in done.frames)


def _two(_first: Any, _second: Any) -> str:
    return "a"


WRONG: dict[str, tuple[Callable[..., Any], str]] = {
    "a name that is not defined": (lambda arn: arn + sufix, "name 'sufix'"),  # type: ignore[name-defined]  # noqa: F821
    "a function that a module lacks": (lambda arn: json.dumpz(arn), "'dumpz'"),  # type: ignore[attr-defined]
    "a parameter that nothing fills": (_two, "missing 1 required"),
    "a helper's parameter": (lambda arn: _two(arn), "missing 1 required"),  # type: ignore[call-arg]
    "a helper's keyword": (lambda arn: _two(arn, other=1), "unexpected keyword argument"),  # type: ignore[call-arg]
}


@pytest.mark.parametrize("name", WRONG)
def test_an_error_that_no_value_prevents_is_the_programs(name: str) -> None:
    callback, message = WRONG[name]
    with pytest.raises((NameError, AttributeError, TypeError), match=message):
        result(callback)


def _decides_first(arn: str) -> Any:
    try:
        if arn.startswith("arn:aws-cn"):
            return "china"
    except BaseException:  # noqa: BLE001, S110
        pass
    return undefined  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize(
    "callback",
    [
        lambda arn: arn.certificate,
        lambda arn: arn.split(sep=":", keep=1),
        lambda arn: dict[str, Any]().get(arn, 0).upper(),
        lambda arn: len(arn) + arn,
        _decides_first,
    ],
)
def test_an_error_that_a_value_could_prevent_is_unknown(callback: Callable[[Any], Any]) -> None:
    assert result(callback) == UNKNOWN


def test_the_preview_of_a_programming_error_names_its_line(tmp_path: pathlib.Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {aws:region: us-east-1}\n")
    (tmp_path / "__main__.py").write_text(
        "import pulumi_aws as aws\n"
        "bucket = aws.s3.Bucket('bucket')\n"
        "aws.sqs.Queue('queue', policy=bucket.arn.apply(lambda arn: arn + sufix))\n"
    )
    done = preview(Request(tmp_path, "dev"))
    assert done.failed
    assert "name 'sufix' is not defined" in done.message
    assert any("__main__.py:3" in str(frame) for frame in done.frames)
