"""Where plans are priced: counters, a fair queue, and processes of their own."""
