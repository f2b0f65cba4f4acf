"""Runs any Pulumi Python program offline and records what it registers, as plain
data."""
