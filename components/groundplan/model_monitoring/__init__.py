"""Monitoring of models: whether what they are asked, and what they answer, is still
what they were trained for."""
