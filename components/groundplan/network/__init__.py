"""The network: a VPC, its subnets, its internet access and its endpoints."""
