"""What goes into Upflow, as plain values: payloads, mapped records, money, dates; pure."""
