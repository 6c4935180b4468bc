"""What a validator built on pandas imports before it has read a single cell."""

import pandas  # noqa: F401, ICN001 - that they are imported is the point
import pydantic  # noqa: F401
import python_calamine  # noqa: F401
import rich.console  # noqa: F401
import typer  # noqa: F401
