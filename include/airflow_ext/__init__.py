"""What Airflow needs of us: timetable, trigger, task defaults. The only part of include/ that imports Airflow.

Airflow reads the DAG files, and with them these modules, again and again: what only a running task needs is imported inside it.
"""
