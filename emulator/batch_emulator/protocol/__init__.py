"""How the service speaks on the wire: requests, errors, paging, filters, conditions, versions."""
