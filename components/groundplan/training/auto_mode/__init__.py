"""Pools whose nodes EKS Auto Mode starts."""
