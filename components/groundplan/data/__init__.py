"""Datasets: named, versioned, checked, and the pipelines that create them."""
