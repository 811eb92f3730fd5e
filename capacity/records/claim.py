"""What is said of a scenario beside its lots: claims of others, and which places move together."""

from typing import Annotated

from pydantic import Field

from capacity.quantity import SourceIds
from capacity.source import Grade, Number, Record


class Claim(Record):
    """What somebody says of the things in a scenario; `check` puts prose into words that can be checked."""

    text: Annotated[str, Field(min_length=3, max_length=400)]
    check: Annotated[str, Field(min_length=3, max_length=400)] | None = None
    source: SourceIds
    grade: Grade


class Together(Record):
    """Places that move together: one common normal, mixed in with correlation `rho`."""

    places: Annotated[tuple[str, ...], Field(min_length=2)]
    rho: Annotated[Number, Field(ge=0, le=1)]
