-- grain: the answer to the newest question about one text of a document that has one, none or one
-- parameters: circular_id, model_hash
-- writes: nothing
SELECT circular_id, sequence, model_hash, asked_at, asked_in, office, batch, answered_at, answer, account, name, note, how
FROM question
WHERE circular_id = :circular_id AND model_hash = :model_hash AND answered_at IS NOT NULL
ORDER BY sequence DESC
LIMIT 1
