"""Apps of SageMaker Studio: what runs in a space. Deleting an app stops the instance;
the space and its disk stay."""

import datetime
from collections.abc import Sequence

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.cost_guard.engine.decision import Kind, Target
from groundplan.cost_guard.engine.ledger import Use
from groundplan.cost_guard.engine.reading import Reading
from groundplan.operations.utilization.account import Account

TYPES = ("CodeEditor", "JupyterLab", "KernelGateway")
"""Types with instances of their own that hold nothing but what is on the space's disk
(Amazon SageMaker API, `AppType`)."""
OWNERS = ("SpaceName", "UserProfileName")
REQUEST = ("DomainId", "AppType", "AppName", *OWNERS)
"""What DeleteApp names an app by."""
SYSTEM = "system"
"""The instance type of apps that cost nothing."""


def read(account: Account, domains: Sequence[str], reading: Reading) -> None:
    """Adds the apps of the domains that run."""
    for domain in domains:
        for app in account.pages("sagemaker", "list_apps", "Apps", DomainIdEquals=domain):
            type_ = str(app.get("ResourceSpec", {}).get("InstanceType") or SYSTEM)
            if app["Status"] != "InService" or app["AppType"] not in TYPES or type_ == SYSTEM:
                continue
            request = {key: app[key] for key in REQUEST if key in app}
            owner = next(str(app[key]) for key in OWNERS if key in app)
            name = f"{domain}/{owner}/{app['AppType']}/{app['AppName']}"
            started: datetime.datetime = app["CreationTime"]
            # Studio's instances cost what those of notebooks do: ml.t3.medium and the
            # xlarge of g4dn, g5, g6 in a public reading of the price list of
            # 2026-08-24; others were not compared.
            usd = reading.price(f"sagemaker-notebook-hour/{type_}")
            reading.targets.append(Target(Kind.STUDIO_APP, name, owner, was=request))
            reading.uses.append(Use(f"app/{name}/{started:%Y%m%dT%H%M%S}", usd, started))


def stop(account: Account, target: Target) -> None:
    """Deletes an app, which opening its space starts again."""
    try:
        account.client("sagemaker").delete_app(**target.was)
    except ClientError as error:
        if not aws.is_missing(error):
            raise
