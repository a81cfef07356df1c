"""What the service's operations do, one noun a file."""
