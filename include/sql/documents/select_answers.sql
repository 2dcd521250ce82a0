-- grain: one answer to a question about a document, in the order of the questions
-- parameters: circular_id
-- writes: nothing
SELECT sequence, model_hash, answered_at, answer, account, name, how
FROM question
WHERE circular_id = :circular_id AND answered_at IS NOT NULL
ORDER BY sequence
