"""Pools whose nodes Karpenter starts: its permissions and events, its charts, and an
EC2NodeClass and a NodePool for each."""
