"""The assets that link the workflows; the asset graph of the UI shows the flow of design.md §1.

Keys of partitions: `submissions` scheme/period/street code, `scores` and `letters` a batch (include/documents/referrals.py),
`circulars` a circular's id. `inbox` and `notices` carry no key: an event is only a wake-up, the task looks for itself what there is to do.
"""

from __future__ import annotations

from airflow.sdk import Asset, AssetWatcher

from include.airflow_ext.inbox_trigger import InboxTrigger
from include.intake.inbox import watched
from include.settings import get_settings

INBOX = Asset(
    name="inbox",
    uri="duban://inbox",
    group="duban",
    watchers=[AssetWatcher(name="inbox_watcher", trigger=InboxTrigger(*watched(get_settings())))],
)
SUBMISSIONS = Asset(name="submissions", uri="duban://submissions", group="duban")
SCORES = Asset(name="scores", uri="duban://scores", group="duban")
CIRCULARS = Asset(name="circulars", uri="duban://circulars", group="duban")
LETTERS = Asset(name="letters", uri="duban://letters", group="duban")
NOTICES = Asset(name="notices", uri="duban://notices", group="duban")

BY_NAME = {asset.name: asset for asset in (INBOX, SUBMISSIONS, SCORES, CIRCULARS, LETTERS, NOTICES)}
WITH_KEYS = (SUBMISSIONS, SCORES, CIRCULARS, LETTERS)
_KEYS_A_TASK = 200


def pages(keys: list[str]) -> list[list[str]]:
    """As many keys together as one task may tell of. Airflow registers them all before it takes the task's end, for which a worker
    waits five seconds; 200 take a third of that, 1,500 twice as much."""
    return [keys[start : start + _KEYS_A_TASK] for start in range(0, len(keys), _KEYS_A_TASK)]
