-- grain: one notice that had no address, now that it has one and is put in under it
-- parameters: id (under the empty address)
-- writes: notice
DELETE FROM notice
WHERE id = :id AND state = 'skipped'
