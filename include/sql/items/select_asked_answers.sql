-- grain: one answer that a notice to the inspectors listed
-- parameters: notice_id
-- writes: nothing
SELECT item_id, answer_sequence
FROM asked_item
WHERE notice_id = :notice_id AND answer_sequence IS NOT NULL
ORDER BY position
