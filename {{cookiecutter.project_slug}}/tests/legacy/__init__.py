"""Tests of the legacy models and of what works on two databases at once, as examples to copy."""
