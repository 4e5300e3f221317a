"""The pages for people: a module for each place, its forms and what its buttons do."""
