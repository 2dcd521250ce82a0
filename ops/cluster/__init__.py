"""docker-compose.yaml really run on this machine, by a Docker engine or by podman: images, start, a played half year, end."""
