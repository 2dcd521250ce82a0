"""Checks of a hand-in, from the scheme's YAML through Great Expectations, and what they found."""
