"""What Airflow needs of us: timetable, trigger, task defaults. The only part of include/ that imports Airflow."""
