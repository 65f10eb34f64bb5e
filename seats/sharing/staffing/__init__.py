"""How many seats a promise needs, alone and shared: theory and a fast simulation with the rule the platform runs."""
