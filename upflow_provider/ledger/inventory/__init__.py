"""What Upflow has, as far as its lists show it: of records of the source, and of others."""
