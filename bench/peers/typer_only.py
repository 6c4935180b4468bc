"""What any command line made with Typer imports before it has said anything."""

import typer  # noqa: F401 - that it is imported is the point
