"""督办台, the page inside Airflow: what ops and the committee look at and sign, rendered here from the same rows as files and mails.

It reads through include/reports and acts through include/acts; who asks is Airflow's to say. No view knows a system.
"""
