"""The steps of the workflows, one module a workflow, without Airflow: what the DAGs run, and what tests can run without them.

Every step opens its own short transactions, is safe to run again, and hands on nothing but keys. What it does with a system it asks
the system's shape (include/shapes). The heavy rooms are imported by the step that needs them, so that a step that only reads the
calendar starts at once.
"""
