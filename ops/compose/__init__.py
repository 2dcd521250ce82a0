"""What only docker-compose.yaml uses."""
