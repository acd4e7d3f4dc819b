"""Adapters for well-known packages, where a package has no setting for it. Each imports its package."""
