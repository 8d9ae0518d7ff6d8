"""Reloader: how the library loads and names it."""

from kmop_constructs.values.tool import Tool

__all__ = ["TOOL"]

TOOL = Tool("reloader", title="Reloader", exports=("kmop_constructs.providers.reloader.reload:Reloader",))
"""The tool."""
