-- grain: one stage of a step which a unit takes that is over: a letter about it was issued, sent back, or it was passed over
-- parameters: holder
-- writes: nothing
SELECT DISTINCT item_event.item_id, item_event.stage
FROM item_event
INNER JOIN item_step ON item_step.item_id = item_event.item_id AND item_step.ended_date IS NULL
WHERE item_step.holder = :holder AND item_event.kind IN ('supervised', 'skipped')
