"""A real one-node Kubernetes for tests, without Docker. Standard library only."""
