-- grain: stages of the escalation policy that open items have passed or skipped, or for which a letter was drafted
-- parameters: any_code (units)
-- writes: nothing
SELECT item_event.item_id, item_event.kind, item_event.stage
FROM item_event
JOIN rectification_item ON rectification_item.id = item_event.item_id
WHERE rectification_item.unit_code IN :any_code AND rectification_item.kind = 'rectification' AND rectification_item.is_open AND item_event.kind IN ('reminded', 'urged', 'drafted', 'supervised', 'carried', 'skipped')
