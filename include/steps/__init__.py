"""The steps of the workflows, one module a workflow, without Airflow: what the DAGs run, and what tests can run without them.

Every step opens its own short transactions, is safe to run again, and hands on nothing but keys. What it does with a system it asks
the system's shape (include/shapes). A DAG file imports its steps inside its tasks: Airflow reads the files again and again, and tasks
find all of this loaded before they are forked (docs/adr/0022).
"""
