"""Amazon Bedrock: resource types."""

from groundplan.catalog.resource_type import DataStore, Level, ResourceType, Unpriced

TYPES = (
    ResourceType(
        ("aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase",),
        "agent knowledge base",
        cost=Unpriced(),
        data=DataStore("what was indexed in it", level=Level.MEDIUM),
    ),
)
