-- grain: the last notice of a kind and subject to one reader that was not skipped
-- parameters: kind, subject, recipient
-- writes: nothing
SELECT id, stage
FROM notice
WHERE kind = :kind AND subject = :subject AND recipient = :recipient AND state <> 'skipped'
ORDER BY due_at DESC, id
LIMIT 1
