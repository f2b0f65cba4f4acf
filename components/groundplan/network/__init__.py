"""Where things run: the VPC, its subnets, and the ways in and out of it."""
