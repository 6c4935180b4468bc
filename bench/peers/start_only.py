"""What starcheck cannot do without: the packages it imports for a workbook, and nothing else."""

import numpy  # noqa: F401, ICN001 - that they are imported is the point
import pydantic  # noqa: F401
import python_calamine  # noqa: F401
import rich.console  # noqa: F401
import typer  # noqa: F401
import yaml  # noqa: F401
