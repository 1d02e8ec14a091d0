"""The decisions of the write-back: what a payment is written by, what comes next, and what is in the way. Pure."""
