"""Duban's domain code. Only `airflow_ext` knows Airflow; data moves one way, room by room."""
