"""CostGuard: budgets of an environment, and what may be stopped to keep to them."""
