"""Fluent Bit on a cluster: its chart, its configuration, its alerts."""
