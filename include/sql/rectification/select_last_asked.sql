-- grain: the last notice of a kind and subject that was not skipped
-- parameters: kind, subject
-- writes: nothing
SELECT payload
FROM notice
WHERE kind = :kind AND subject = :subject AND state <> 'skipped'
ORDER BY due_at DESC, id
LIMIT 1
