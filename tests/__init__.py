"""The tests: a folder for each package, one for the course, and what they share."""
