-- grain: one file that came with an answer on an item
-- parameters: item_id, sequence
-- writes: nothing
SELECT evidence.name, evidence.sha256, evidence.bytes
FROM item_event
JOIN evidence ON evidence.carrier_sha256 = item_event.sha256
WHERE item_event.item_id = :item_id AND item_event.sequence = :sequence
ORDER BY evidence.position
