"""Inspection schemes: a folder a system (systems/), and the loader that validates them."""

from include.schemes.loader import load_scheme, scheme_keys
from include.schemes.model import Scheme

__all__ = ["Scheme", "load_scheme", "scheme_keys"]
