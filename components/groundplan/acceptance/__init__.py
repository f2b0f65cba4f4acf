"""Accepted findings: policy findings and risks that a named owner accepts until a
date."""
