-- Beside Airflow's own database (POSTGRES_DB) the business database; PostgreSQL runs this once, on an empty volume.
CREATE DATABASE duban;
