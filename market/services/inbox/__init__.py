"""What waits for a person, and where they are told of it."""
