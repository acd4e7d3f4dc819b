"""Every change to Django or to a driver, one file each."""
