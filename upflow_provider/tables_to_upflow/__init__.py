"""FLOW: records of any source, and the files that people hold, into Upflow."""
