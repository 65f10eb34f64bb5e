"""Moving a call: to a seat, an area, the province, a group of experts; and help by a raised hand."""
