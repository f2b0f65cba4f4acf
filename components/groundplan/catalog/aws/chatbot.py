"""AWS Chatbot, now Amazon Q Developer in chat applications: resource types."""

from groundplan.catalog.resource_type import Free, ResourceType, Safeguard

CHANNELS = (
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
    "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration",
)

TYPES = (
    ResourceType(
        CHANNELS,
        "chat channel",
        cost=Free("AWS charges what it delivers to a chat as SNS, not by channel"),
        summary=("configurationName",),
        safeguard=Safeguard("the channel is no longer notified"),
    ),
)
