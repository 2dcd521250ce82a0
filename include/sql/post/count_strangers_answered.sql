-- grain: one row, how many strangers were answered between two moments
-- parameters: from_at, to_at
-- writes: nothing
SELECT COUNT(*) AS how_many
FROM notice
WHERE kind = 'unknown_sender' AND due_at BETWEEN :from_at AND :to_at
