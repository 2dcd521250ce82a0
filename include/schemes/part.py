"""The numbers of a scheme: exact decimals within bounds."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

Percentage = Annotated[Decimal, Field(gt=0, le=100)]
Points = Annotated[Decimal, Field(ge=0, le=1000)]
