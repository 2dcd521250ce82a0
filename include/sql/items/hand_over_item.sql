-- grain: one item that goes on with another subject
-- parameters: id, unit_code, owner, liaison (left as they are where empty)
-- writes: rectification_item
UPDATE rectification_item
SET
    origin_code = COALESCE(origin_code, unit_code),
    unit_code = :unit_code,
    owner = CASE WHEN CAST(:owner AS TEXT) = '' THEN owner ELSE CAST(:owner AS TEXT) END,
    liaison = CASE WHEN CAST(:liaison AS TEXT) = '' THEN liaison ELSE CAST(:liaison AS TEXT) END
WHERE id = :id
