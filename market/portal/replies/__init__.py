"""What the API answers: the shapes that its description shows, and that every reply keeps to."""
