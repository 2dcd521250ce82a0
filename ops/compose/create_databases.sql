-- Airflow's own database and the business database, each of a role of its own that is no superuser. PostgreSQL runs this
-- once, on an empty volume; psql reads the passwords from their files.
\set airflow_password `cat /run/secrets/postgres_airflow`
\set duban_password `cat /run/secrets/postgres_duban`
CREATE ROLE airflow LOGIN PASSWORD :'airflow_password';
CREATE ROLE duban LOGIN PASSWORD :'duban_password';
CREATE DATABASE airflow OWNER airflow;
CREATE DATABASE duban OWNER duban;
REVOKE CONNECT ON DATABASE airflow FROM PUBLIC;
REVOKE CONNECT ON DATABASE duban FROM PUBLIC;
