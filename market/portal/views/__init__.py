"""What the pages say: pure functions of what use cases return."""
