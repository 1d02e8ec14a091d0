"""
The inventory: everything that Upflow has is listed, 500 records a page, and compared with the ledger.

It rebuilds a lost ledger, and finds once a day what people have changed or deleted in Upflow. It only reads Upflow;
what differs is due in the ledger, and the next sync sends it.
"""
