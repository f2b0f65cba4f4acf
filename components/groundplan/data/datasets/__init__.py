"""Datasets: named datasets in an artifact bucket, and who may do what with them."""
