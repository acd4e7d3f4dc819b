"""The start page of a new project, and what a page of one's own shows of the databases."""

from manydb.legacy.overview import overview
from manydb.legacy.start_page import start, start_context

__all__ = ["overview", "start", "start_context"]
