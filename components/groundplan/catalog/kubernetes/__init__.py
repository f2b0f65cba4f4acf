"""Kubernetes: one file for each API group."""
