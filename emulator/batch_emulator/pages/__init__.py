"""The page for people: what the account holds, to be looked at in a browser. It changes nothing."""
