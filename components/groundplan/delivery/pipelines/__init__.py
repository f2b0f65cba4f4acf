"""Pipelines of continuous delivery, written from templates."""
