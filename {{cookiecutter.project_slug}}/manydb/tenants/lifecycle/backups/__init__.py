"""Backups of a fleet: a folder with the dump of each tenant and a manifest, and what restores it."""
