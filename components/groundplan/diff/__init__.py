"""Compares two manifests: what is created, updated, replaced and deleted, property by
property."""
