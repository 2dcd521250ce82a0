-- grain: stages of the escalation policies that steps which are on have passed or skipped, or of which a letter is drafted
-- parameters: none
-- writes: nothing
SELECT item_event.item_id, item_event.stage, item_event.kind
FROM item_event
INNER JOIN item_step ON item_step.item_id = item_event.item_id AND item_step.ended_date IS NULL
WHERE item_event.kind IN ('reminded', 'urged', 'supervised', 'carried', 'skipped', 'drafted')
