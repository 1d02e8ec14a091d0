"""One record into Upflow, whatever its source: decide, claim, import, link, write down."""
