"""The Batch REST API: plain dicts in and out, over HTTP. Knows nothing of resources, models or Pulumi."""
