"""The lesson's objects, as data: what its commands create (a Deployment, a Service, an Ingress, an autoscaler)."""

from __future__ import annotations

from typing import Any

NAME = "hello-world-flask"
IMAGE = "lyzhang1999/hello-world-flask:latest"
PORT = 5000
Object = dict[str, Any]


def deployment(namespace: str = "default") -> Object:
    """Two replicas that request 100m of CPU and 100 Mi of memory each."""
    labels = {"app": NAME}
    container = {
        "name": NAME,
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "resources": {"requests": {"cpu": "100m", "memory": "100Mi"}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": namespace, "labels": labels},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def service(namespace: str = "default") -> Object:
    """Port 5000 of the pods."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": NAME, "namespace": namespace, "labels": {"app": NAME}},
        "spec": {
            "selector": {"app": NAME},
            "ports": [{"name": "5000-5000", "port": PORT, "protocol": "TCP", "targetPort": PORT}],
        },
    }


def ingress(namespace: str = "default") -> Object:
    """The path / exactly, for every host."""
    backend = {"service": {"name": NAME, "port": {"number": PORT}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": NAME, "namespace": namespace},
        "spec": {"rules": [{"http": {"paths": [{"path": "/", "pathType": "Exact", "backend": backend}]}}]},
    }


def autoscaler(namespace: str = "default") -> Object:
    """Between 2 and 10 replicas, at 50 % of the CPU request."""
    metric = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": NAME, "namespace": namespace},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME},
            "minReplicas": 2,
            "maxReplicas": 10,
            "metrics": [{"type": "Resource", "resource": metric}],
        },
    }


def objects(namespace: str = "default") -> list[tuple[str, Object]]:
    """All of them with their resource's plural name, in the order in which the lesson makes them."""
    return [
        ("deployments", deployment(namespace)),
        ("services", service(namespace)),
        ("ingresses", ingress(namespace)),
        ("horizontalpodautoscalers", autoscaler(namespace)),
    ]
