"""What a question costs, of whose budget, and whether it may be asked."""
