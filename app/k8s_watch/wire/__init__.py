"""Kubernetes API bytes into model objects; outside text is sanitised here, once."""
