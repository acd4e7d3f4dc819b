"""What each tenant has in the fleets that are compared: twelve tables, made and changed by four migrations."""
