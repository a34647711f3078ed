"""Polls that tell which pod answered, and the load burst."""
