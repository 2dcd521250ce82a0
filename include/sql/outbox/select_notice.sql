-- grain: one notice as it stands; is_to_wake: it is put in anew where somebody is to get it now
-- parameters: id
-- writes: nothing
SELECT state IN ('skipped', 'failed') AND mail_id IS NULL AS is_to_wake
FROM notice
WHERE id = :id
