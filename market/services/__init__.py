"""What the platform does, one use case per file, named by its verb. No I/O: ports do it."""
