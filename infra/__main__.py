"""One machine-learning environment from one settings file.

Settings -> description of the environment -> validation -> registration -> exports.
"""

import configuration
import locked
import pulumi
import settings_file
from groundplan.locks.file import LockError

try:
    lock = locked.of_stack(pulumi.runtime.get_root_directory(), pulumi.get_stack())
    values = pulumi.runtime.get_config_env()
    secrets = [key for key in values if pulumi.runtime.is_config_secret(key)]
    environment = configuration.describe(
        pulumi.get_project(), pulumi.get_stack(), values, secrets, lock
    )
except LockError as error:
    raise pulumi.RunError(str(error)) from None
except configuration.InvalidSettings as error:
    # The CLI prints a RunError without a stack trace; nothing has been registered.
    file = settings_file.of_stack(pulumi.runtime.get_root_directory(), pulumi.get_stack())
    raise pulumi.RunError(error.with_lines(file)) from None

# Only now: it imports the providers' SDKs, which no error in settings should wait for.
import registration

for key, value in registration.register(environment, lock).items():
    pulumi.export(key, value)
