"""Generates the reference pages of docs/, a module per page."""
