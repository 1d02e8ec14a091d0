"""
Mappings from Stripe to Upflow: pure functions of values, one file per entity.

They map a source record, as plain JSON, to what Upflow is to have. They read no clock, keep no state and do no I/O.
"""
