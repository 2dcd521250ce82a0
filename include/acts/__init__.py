"""Everything that a person may do. on_<subject>.py says what is asked and of whom, <subject>.py what is recorded.

The lists are light, for Airflow reads them every half minute to make its forms: what is recorded brings typesetting and
databases with it, and is imported only when somebody acts.
"""

from include.acts import on_documents, on_events, on_items, on_mails, on_periods, on_reminders, on_results, on_steps
from include.acts.act import Act

ACTS: tuple[Act, ...] = (
    *on_results.ACTS,
    *on_documents.ACTS,
    *on_items.ACTS,
    *on_events.ACTS,
    *on_steps.ACTS,
    *on_reminders.ACTS,
    *on_mails.ACTS,
    *on_periods.ACTS,
)
