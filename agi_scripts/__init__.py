"""The doors of the dialplan."""
