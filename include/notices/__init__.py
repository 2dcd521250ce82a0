"""What is due to whom (outbox), and how it leaves the house (sender)."""
