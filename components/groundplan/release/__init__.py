"""Releases of models: the component, the engine that runs in Lambda and under the CLI,
and the CLI's commands."""
