"""HTTP with Upflow's API."""
