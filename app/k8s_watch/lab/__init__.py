"""The cluster in a box: real processes, real HTTP, the real Kubernetes API on the wire."""
