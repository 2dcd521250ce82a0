"""How hand-ins come in: the archive, the forms that go out, and reading them when they come back."""
