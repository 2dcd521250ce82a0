-- grain: the question that waits, or waited, at one place, none or one
-- parameters: asked_in
-- writes: nothing
SELECT circular_id, sequence, model_hash, asked_at, asked_in, office, batch, answered_at, answer, account, name, note, how
FROM question
WHERE asked_in = :asked_in
ORDER BY sequence DESC
LIMIT 1
