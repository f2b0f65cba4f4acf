"""OpenCost: what namespaces cost of a cluster's nodes, accelerators and volumes."""
