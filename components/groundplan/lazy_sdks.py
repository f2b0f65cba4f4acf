"""Imports provider SDKs lazily from now on: the first line of a program.

    import groundplan.lazy_sdks
    import pulumi_aws as aws

A preview and the test kit do so anyway. In `pulumi up` it saves the time in which the
program would create provider classes that it does not use.
`GROUNDPLAN_LAZY_PROVIDERS=1` in the environment has the same effect for a program that
imports `groundplan` before an SDK, `0` turns it off everywhere.
"""

from groundplan.manifest import lazy_providers

lazy_providers.install()
