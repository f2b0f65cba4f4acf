"""Commands of delivery."""
