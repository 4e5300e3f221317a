"""The owner's pages: declare, publish, decide, grant, watch."""
