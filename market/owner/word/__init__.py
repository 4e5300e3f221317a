"""The owner's signed word: appointments, decisions, grants, terms, standing, ends."""
