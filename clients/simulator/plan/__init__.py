"""How many agents a centre needs: `acd simulate --plan`."""
