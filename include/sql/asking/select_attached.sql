-- grain: one notice of a kind about a unit's period, newest first
-- parameters: kind, unit_code, period
-- writes: nothing
SELECT subject, attachments
FROM notice
WHERE kind = :kind AND unit_code = :unit_code AND period = :period
ORDER BY due_at DESC, id
