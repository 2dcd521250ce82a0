-- grain: every notice of a rebuilt record: it went out, or did not, long ago
-- parameters: reason
-- writes: notice
UPDATE notice
SET state = 'skipped', reason = :reason
