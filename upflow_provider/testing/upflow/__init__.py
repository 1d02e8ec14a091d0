"""A stateful fake of Upflow."""
