"""The component CostGuard."""
