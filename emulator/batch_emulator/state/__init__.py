"""What the account holds: entities, their store and journal, the clock, the switches."""
