"""Tools of the field, where this machine has them: they read what the product wrote."""

import shutil
import subprocess
from dataclasses import dataclass

from rehearsal.account.account import Account
from rehearsal.account.deployment import DEPLOYER
from rehearsal.permissions.guard import acting

MISSING = "skipped: it is not on the PATH"


@dataclass(frozen=True)
class Used:
    """What a tool said."""

    tool: str
    result: str
    passed: bool = True


def promtool(account: Account, bucket: str, prefix: str) -> Used:
    """Has Prometheus' own parser read the metrics of the last check."""
    path = shutil.which("promtool")
    if path is None:
        return Used("promtool", MISSING)
    with acting(DEPLOYER):
        s3 = account.client("s3")
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", ())
        keys = sorted(item["Key"] for item in listed if item["Key"].endswith(".prom"))
        if not keys:
            return Used("promtool", "no check wrote metrics", passed=False)
        text = s3.get_object(Bucket=bucket, Key=keys[-1])["Body"].read()
    done = subprocess.run(  # noqa: S603 (found on the PATH)
        [path, "check", "metrics"], input=text, capture_output=True, timeout=20, check=False
    )
    lines = len(text.splitlines())
    # 3 is a remark on style.
    if done.returncode in (0, 3):
        return Used("promtool", f"reads the {lines} lines of the last check's metrics")
    return Used("promtool", done.stderr.decode()[:300], passed=False)
