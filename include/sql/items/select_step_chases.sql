-- grain: stages of the escalation policies that steps which are on have passed or skipped
-- parameters: none
-- writes: nothing
SELECT item_event.item_id, item_event.stage
FROM item_event
INNER JOIN item_step ON item_step.item_id = item_event.item_id AND item_step.ended_date IS NULL
WHERE item_event.kind IN ('reminded', 'urged', 'supervised', 'carried', 'skipped')
