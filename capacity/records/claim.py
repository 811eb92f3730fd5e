"""What somebody says of a scenario."""

from typing import Annotated

from pydantic import Field

from capacity.quantity import SourceIds
from capacity.source import Grade, Record


class Claim(Record):
    """What somebody says of the things in a scenario; `check` puts prose into words that can be checked."""

    text: Annotated[str, Field(min_length=3, max_length=400)]
    check: Annotated[str, Field(min_length=3, max_length=400)] | None = None
    source: SourceIds
    grade: Grade
