"""An app of ours in ``default``: no model has a mark."""
