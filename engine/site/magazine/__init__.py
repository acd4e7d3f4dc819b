"""An app that was written without several databases in mind, as those of packages are."""
