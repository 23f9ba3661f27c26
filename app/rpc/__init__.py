"""The service over gRPC: KServe's inference service, health and reflection, on a port of their own."""
