"""Problems that have to be put right (限期整改): items, their states, and the chase after them."""
