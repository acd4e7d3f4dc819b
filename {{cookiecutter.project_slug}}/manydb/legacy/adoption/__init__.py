"""Adopting a legacy database: everything that ``adopt_legacy`` writes, all of it or nothing."""
