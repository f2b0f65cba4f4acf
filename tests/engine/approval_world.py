"""A deployed stack that can be changed in many ways after its approval."""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from real_engine import Engine

PROGRAM = """\
import os
import pathlib

import pulumi
import pulumi_aws as aws
import rules

config = pulumi.Config()
zones = aws.get_availability_zones(state="available")
key = aws.kms.Key("key", description=config.get("purpose"), opts=pulumi.ResourceOptions(
    protect=True))
data = aws.s3.Bucket("data", tags={"owner": config.require("owner")}, opts=pulumi.ResourceOptions(
    retain_on_delete=True))
west = aws.Provider("west", region="us-west-2")
copy = aws.s3.Bucket("copy", tags={"owner": "copies"}, opts=pulumi.ResourceOptions(provider=west))


class Queues(pulumi.ComponentResource):
    def __init__(self):
        super().__init__("shop:index:Queues", "queues")
        aws.sqs.Queue("orders", visibility_timeout_seconds=rules.SECONDS,
                      kms_master_key_id=key.key_id,
                      opts=pulumi.ResourceOptions(parent=self, ignore_changes=["maxMessageSize"]))
        self.register_outputs({})


Queues()
aws.ssm.Parameter("text", type="String", value=pathlib.Path(__file__).with_name("text.txt")
                  .read_text() + os.environ.get("SHOP_COLOR", "red"))
aws.ssm.Parameter("password", type="SecureString", value=config.require_secret("password"))
aws.ssm.Parameter("pin", type="SecureString", value=pulumi.Output.secret("1234"))
aws.ssm.Parameter("arn", type="String", value=data.arn.apply(lambda arn: rules.shown(arn)))
aws.ssm.Parameter("zone", type="String", value=zones.names[0])
pulumi.export("bucket", data.bucket)
"""
RULES = """\
SECONDS = 30


def shown(arn):
    return arn.upper()
"""


@dataclass(frozen=True)
class World:
    """A deployed stack, and the environment of the next command."""

    engine: Engine
    set_variable: Callable[[str, str], None]

    def edit(self, file: str, old: str, new: str) -> None:
        """Replaces a text of a file, which must have it."""
        path = self.engine.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def code(self, old: str, new: str) -> None:
        """Edits the program."""
        self.edit("infra/__main__.py", old, new)

    def cloud(self, changed: Mapping[str, Any]) -> None:
        """Changes what the cloud answers."""
        self.set_variable("ECHO_CLOUD", json.dumps(changed))

    def state(self, edit: Callable[[dict[str, Any]], None]) -> None:
        """Edits the state as `pulumi stack export` and `import` do."""
        exported = json.loads(self.engine.run("stack", "export"))
        edit(exported["deployment"])
        file = self.engine.folder.parent / "edited.json"
        file.write_text(json.dumps(exported), encoding="utf-8")
        self.engine.run("stack", "import", "--file", str(file))

    def checkpoint(self, edit: Callable[[dict[str, Any]], None]) -> None:
        """Edits the file of the state, as a process that is killed leaves it."""
        file = self.engine.folder.parent / "state/.pulumi/stacks/groundplan/dev.json"
        data = json.loads(file.read_text(encoding="utf-8"))
        edit(data["checkpoint"]["latest"])
        file.write_text(json.dumps(data), encoding="utf-8")

    def git(self, *words: str) -> None:
        """Runs git in the project."""
        who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        subprocess.run(
            ["git", *who, *words],
            cwd=self.engine.folder,
            env=environment,
            check=True,
            capture_output=True,
        )


def named(deployment: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A resource of a state."""
    found: dict[str, Any]
    (found,) = (r for r in deployment["resources"] if r["urn"].endswith(f"::{name}"))
    return found
