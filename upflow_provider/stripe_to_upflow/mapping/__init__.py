"""
Mappings from Stripe to Upflow: pure functions of values, one file per entity.

They take a source record as plain JSON and return what an import of it takes. They read no clock,
keep no state and do no I/O.
"""
