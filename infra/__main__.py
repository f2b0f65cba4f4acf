"""One machine-learning environment from one settings file: settings -> environment -> exports."""

import pulumi
from configuration import InvalidSettings, read
from environment import build

try:
    settings = read(pulumi.get_project(), pulumi.get_stack(), pulumi.runtime.get_config_env())
except InvalidSettings as error:
    # A RunError is printed as it is, without a stack trace; nothing has been registered.
    raise pulumi.RunError(str(error)) from None

for key, value in build(settings).exports().items():
    pulumi.export(key, value)
