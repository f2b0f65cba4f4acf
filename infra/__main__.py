"""One machine-learning environment from one settings file: settings -> environment ->
exports."""

from typing import Any

import environment
import handed_in
import pulumi
from configuration import InvalidSettings, read

try:
    settings = read(pulumi.get_project(), pulumi.get_stack(), pulumi.runtime.get_config_env())
except InvalidSettings as error:
    # A RunError is printed as it is, without a stack trace; nothing has been
    # registered.
    raise pulumi.RunError(str(error)) from None

exports: dict[str, Any] = {}
if settings.region:
    exports |= environment.build(settings).exports()
if settings.platform:
    exports |= handed_in.exports(handed_in.build(settings.platform, settings.deletion_protection))
for key, value in exports.items():
    pulumi.export(key, value)
