"""Where models are trained: an EKS cluster with accelerated node pools and a queue that
admits jobs to them."""
