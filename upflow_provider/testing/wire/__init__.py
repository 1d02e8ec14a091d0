"""What all fakes share: the server, the log of requests, faults, control."""
