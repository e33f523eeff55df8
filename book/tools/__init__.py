"""What is run by hand, once, and whose results are kept in the repository."""
