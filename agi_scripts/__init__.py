"""The doors of the dialplan: one short file a route."""
