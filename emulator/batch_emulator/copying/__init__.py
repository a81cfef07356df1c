"""Starts an account with what another account has, which is read and never written."""
