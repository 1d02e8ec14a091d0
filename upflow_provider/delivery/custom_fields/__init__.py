"""Custom fields of Upflow: their definitions, and which collections take their values. Any source may fill them."""
