"""WorkloadPriorityClass: which of the jobs in a queue goes first, and which gives
way."""

import pulumi


class WorkloadPriorityClass(pulumi.CustomResource):
    """An object of Kueue's without a `spec`: its value is at the top level, where
    `apiextensions.CustomResource` takes none."""

    def __init__(
        self,
        name: str,
        api_version: str,
        object_name: str,
        value: int,
        opts: pulumi.ResourceOptions,
    ) -> None:
        kind = "WorkloadPriorityClass"
        super().__init__(
            f"kubernetes:{api_version}:{kind}",
            name,
            {
                "apiVersion": api_version,
                "kind": kind,
                "metadata": {"name": object_name},
                "value": value,
            },
            opts,
        )
