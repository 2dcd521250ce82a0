"""The commands behind the Makefile: they start Airflow, drive it, and write OUT. Nothing imports them but tests."""
