-- grain: one open item that is found once more: its text and those who answer for it, not its deadline
-- parameters: id, problem, details, owner, liaison (left as they are where empty)
-- writes: rectification_item
UPDATE rectification_item
SET
    problem = :problem,
    details = :details,
    owner = CASE WHEN CAST(:owner AS TEXT) = '' THEN owner ELSE CAST(:owner AS TEXT) END,
    liaison = CASE WHEN CAST(:liaison AS TEXT) = '' THEN liaison ELSE CAST(:liaison AS TEXT) END
WHERE id = :id AND is_open
