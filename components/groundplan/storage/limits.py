"""Limits of S3 that several components share."""

MAX_DAYS = 36_500
"""A hundred years, the longest retention of S3 Object Lock (S3 User Guide, "Setting
retention limits")."""
