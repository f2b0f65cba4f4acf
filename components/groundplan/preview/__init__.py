"""The offline preview of any Pulumi Python program: what it registers, as plain data, with neither account nor engine."""
