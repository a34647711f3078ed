"""k8s-watch: watch Kubernetes heal and scale, live."""

__version__ = "0.1.0"
