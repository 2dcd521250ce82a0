-- grain: the items that a notice asked about
-- parameters: notice_id
-- writes: asked_item
DELETE FROM asked_item
WHERE notice_id = :notice_id
