"""The live cluster: connection, watches, metrics, exec and faults."""
