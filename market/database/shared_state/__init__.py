"""What the platform's processes have to know of each other, in SQL."""
