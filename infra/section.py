"""What all sections of the settings have in common."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Positive = Annotated[int, Field(ge=1)]
NotNegative = Annotated[int, Field(ge=0)]
Percent = Annotated[float, Field(gt=0, le=100)]


class Section(BaseModel):
    """A group of settings: camelCase keys in YAML; fields are named like the
    component's arguments."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        strict=True,
        use_attribute_docstrings=True,
    )

    def arguments(self) -> dict[str, Any]:
        """The settings as a component's arguments; what was not set is left to the
        component's own default."""
        return self.model_dump(exclude_none=True)
