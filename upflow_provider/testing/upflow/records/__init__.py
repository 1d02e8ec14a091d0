"""The fake Upflow's state: its records, without HTTP."""
