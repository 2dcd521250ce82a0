"""Units, their addresses and the offices that answer for them."""
