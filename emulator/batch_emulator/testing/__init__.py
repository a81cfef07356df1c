"""What tests steer: the control API, faults, the log of requests."""
