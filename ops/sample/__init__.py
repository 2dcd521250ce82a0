"""The sample street of `make demo` and the real submissions of the sources, filled in the way people do; the only code that knows a system."""
