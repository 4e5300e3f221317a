"""The operation: what has to happen by itself, and what an operator looks after."""
