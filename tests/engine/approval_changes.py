"""Kinds of change between an approval and `groundplan up`, and what names each."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from approval_world import World, named


def set_owner(world: World, owner: str) -> None:
    world.engine.run("config", "set", "owner", owner)


def another_update(world: World) -> None:
    """Another update with another setting, which is set back in the file."""
    set_owner(world, "someone")
    world.engine.run("up", "--yes", "--skip-preview")
    set_owner(world, "ml")


def remove_from(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda deployment: deployment["resources"].remove(named(deployment, name))


def with_pending(deployment: dict[str, Any]) -> None:
    operation = {"resource": named(deployment, "data"), "type": "updating"}
    deployment["pending_operations"] = [operation]


def with_other_ciphertext(deployment: dict[str, Any]) -> None:
    parameter = named(deployment, "pin")
    parameter["inputs"]["value"]["ciphertext"] = named(deployment, "password")["inputs"]["value"][
        "ciphertext"
    ]


def update(path: str, value: Any, name: str = "data") -> Callable[[World], None]:
    """An edit of the state of a resource."""
    first, _, last = path.rpartition(".")

    def edit(deployment: dict[str, Any]) -> None:
        target = named(deployment, name)
        for step in filter(None, first.split(".")):
            target = target[step]
        target[last] = value

    return lambda world: world.state(edit)


def code(old: str, new: str) -> Callable[[World], None]:
    return lambda world: world.code(old, new)


def config(*words: str) -> Callable[[World], None]:
    return lambda world: void(world.engine.run("config", *words))


def file(name: str, old: str, new: str) -> Callable[[World], None]:
    return lambda world: world.edit(name, old, new)


def cloud(**changed: Any) -> Callable[[World], None]:
    return lambda world: world.cloud({k.replace("__", ":"): v for k, v in changed.items()})


def void(_: object) -> None:
    """Discards a result."""


def variable(name: str, value: str) -> Callable[[World], None]:
    return lambda world: world.set_variable(name, value)


ZONES = "aws:index/getAvailabilityZones:getAvailabilityZones"

KINDS: Mapping[str, tuple[Callable[[World], object], str]] = {
    # The program
    "an input": (
        code('"copies"', '"others"'),
        r'registers: \S+::copy inputs.tags.owner: "copies" -> "others"',
    ),
    "a new input": (
        code('"owner": "copies"', '"owner": "copies", "a": "b"'),
        r"::copy inputs.tags.a: absent -> ",
    ),
    "a resource added": (
        code("pulumi.export", 'aws.sns.Topic("extra")\npulumi.export'),
        r"::extra: absent -> present",
    ),
    "a resource removed": (
        code('aws.ssm.Parameter("zone"', 'dict(a="zone"'),
        r"::zone: present -> absent",
    ),
    "a resource renamed": (code('"zone", type', '"place", type'), r"::place: absent -> present"),
    "another type": (
        code('aws.s3.Bucket("copy", tags', 'aws.sns.Topic("copy", tags'),
        r"sns/topic:Topic::copy: absent -> present",
    ),
    "another parent": (
        code("parent=self, ", ""),
        r"aws:sqs/queue:Queue::orders: absent -> present",
    ),
    "protect removed": (code("protect=True", "protect=False"), r"::key options.protect: true -> "),
    "retain_on_delete removed": (
        code("retain_on_delete=True", "retain_on_delete=False"),
        r"::data options.retainOnDelete: true -> ",
    ),
    "ignore_changes": (code('["maxMessageSize"]', '["policy"]'), r"::orders options.ignoreChanges"),
    "a dependency": (
        code(
            "opts=pulumi.ResourceOptions(provider=west)",
            "opts=pulumi.ResourceOptions(provider=west, depends_on=[key])",
        ),
        r"::copy dependencies",
    ),
    "an alias": (
        code("provider=west)", 'provider=west, aliases=[pulumi.Alias(name="old")])'),
        r"::copy options.aliases",
    ),
    "the region of a provider": (
        code("us-west-2", "us-west-1"),
        r'::west inputs.region: "us-west-2" -> "us-west-1"',
    ),
    "another provider": (code("provider=west", "provider=None"), r"::copy options.provider"),
    "the version of a provider": (
        code("provider=west", 'provider=west, version="7.0.0"'),
        r"program file: infra/__main__.py",
    ),
    "an output": (code("data.bucket)", "data.arn)"), r"registers: the program outputs.bucket"),
    "a secret in the code": (code('"1234"', '"9999"'), r"program file: infra/__main__.py"),
    "code that runs during the update": (
        file("infra/rules.py", "arn.upper()", "arn.lower()"),
        r"program file: infra/rules.py",
    ),
    "a module": (
        file("infra/rules.py", "SECONDS = 30", "SECONDS = 60"),
        r"::orders inputs.visibilityTimeoutSeconds: 30 -> 60",
    ),
    "a comment": (
        code("import os\n", "import os  # the system\n"),
        r"program file: infra/__main__.py",
    ),
    "a file that the program reads": (
        file("infra/text.txt", "hello", "bye"),
        r"program file: infra/text.txt",
    ),
    "a lookup of the program": (
        code('state="available"', "all_availability_zones=True"),
        r"getAvailabilityZones\S* arguments.state",
    ),
    "an environment variable": (
        variable("SHOP_COLOR", "blue"),
        r"environment variable: SHOP_COLOR: absent -> ",
    ),
    # Settings
    "a setting": (
        config("set", "owner", "someone"),
        r'settings: Pulumi.dev.yaml config.groundplan:owner: "ml" -> "someone"',
    ),
    "a new setting": (config("set", "purpose", "orders"), r"config.groundplan:purpose: absent"),
    "a removed setting": (config("rm", "unused"), r'config.groundplan:unused: "1" -> absent'),
    "a secret setting": (
        config("set", "--secret", "password", "other"),
        r"config.groundplan:password.secure: \[?",
    ),
    "a setting that became secret": (
        config("set", "--secret", "unused", "1"),
        r"config.groundplan:unused",
    ),
    "a default of the project": (
        file(
            "Pulumi.yaml",
            "deletionProtection:",
            "purpose: {default: orders}\n  deletionProtection:",
        ),
        r"settings: Pulumi.yaml config.purpose",
    ),
    "the region": (
        config("set", "aws:region", "eu-west-1"),
        r'config.aws:region: "us-east-1" -> "eu-west-1"',
    ),
    "default tags": (
        config("set", "--path", "aws:defaultTags.tags.a", "b"),
        r"config.aws:defaultTags",
    ),
    # Versions
    "a locked package": (
        file("requirements.txt", "boto3==1.40.0", "boto3==1.41.0"),
        r'version: requirements.txt boto3: "1.40.0" -> "1.41.0"',
    ),
    "a removed lock file": (
        lambda w: (w.engine.folder / "requirements.txt").unlink(),
        r"version: requirements.txt: present -> absent",
    ),
    "another commit": (
        lambda w: w.git("commit", "--quiet", "--allow-empty", "-m", "next"),
        r"commit: : [0-9a-f]{40} -> ",
    ),
    # The deployed state
    "another update": (another_update, r"deployed state: \S+::data \S*tags.owner: \S.* -> "),
    "an update that encrypts secrets again": (
        lambda w: w.engine.run("up", "--yes", "--skip-preview"),
        r"::password inputs.value: \[secret\] -> \[secret\], encrypted again or changed",
    ),
    "an edited input": (
        update("inputs.visibilityTimeoutSeconds", 600, "orders"),
        r"deployed state: \S+::orders inputs.visibilityTimeoutSeconds: 30 -> 600",
    ),
    "an edited output": (
        update("outputs.arn", "arn:other"),
        r'::data outputs.arn: .* -> "arn:other"',
    ),
    "another physical resource": (update("id", "another"), r'::data id: .* -> "another"'),
    "an unprotected resource": (
        lambda w: w.engine.run("state", "unprotect", "--all", "--yes"),
        r"::key protect: \S.* -> absent",
    ),
    "a resource removed from the state": (
        lambda w: w.state(remove_from("text")),
        r"::text: deployed -> absent",
    ),
    "a secret of the state": (
        lambda w: w.state(with_other_ciphertext),
        r"::pin inputs.value: \[secret\] -> \[secret\], encrypted again or changed",
    ),
    "an operation that was interrupted": (
        lambda w: w.checkpoint(with_pending),
        r"deployed state: the deployment: absent -> deployed",
    ),
    "a destroyed stack": (
        lambda w: (
            w.engine.run("state", "unprotect", "--all", "--yes"),
            w.engine.run("destroy", "--yes", "--skip-preview"),
        ),
        r"::data: deployed -> absent",
    ),
    # The cloud
    "a property in the cloud": (
        cloud(orders={"visibilityTimeoutSeconds": 900}),
        r"update would do: \S+::orders: nothing -> update: visibilityTimeoutSeconds: 900 -> 30",
    ),
    "a tag in the cloud": (
        cloud(data={"tags": {"owner": "ml", "by": "hand"}}),
        r'::data: nothing -> update: tags.by: "hand" -> absent',
    ),
    "a resource deleted in the cloud": (
        cloud(data=None),
        r"update would do: \S+::data: nothing -> create",
    ),
    "another answer of a lookup": (
        lambda w: w.cloud({ZONES: {"names": ["us-east-1f"]}}),
        r"update would do: \S+::zone: nothing -> update",
    ),
}
"""Kind -> the change, and the words that name it in the refusal."""

HARMLESS: Mapping[str, Callable[[World], object]] = {
    "nothing": void,
    "what the program ignores in the cloud": cloud(orders={"maxMessageSize": 1024}),
    "the settings of another stack": lambda w: (w.engine.folder / "Pulumi.prod.yaml").write_text(
        "config: {groundplan:owner: x}\n"
    ),
    "an environment variable that the program does not read": variable("OTHER", "1"),
    "a page of the documentation": lambda w: (w.engine.folder / "README.md").write_text("new"),
    "compiled code": lambda w: (w.engine.folder / "infra/__pycache__").mkdir(exist_ok=True),
}
"""Kind -> what changes nothing that is deployed."""

assert all(re.compile(words) for _, words in KINDS.values())
