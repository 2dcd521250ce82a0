-- grain: one asking; the same place asks once, however often its step begins anew
-- parameters: circular_id, model_hash, asked_at, asked_in
-- writes: question
INSERT INTO question (circular_id, sequence, model_hash, asked_at, asked_in, answered_at, answer, account, name, note, how)
SELECT CAST(:circular_id AS VARCHAR(128)), COALESCE(MAX(sequence), 0) + 1, CAST(:model_hash AS VARCHAR(64)),
    :asked_at, CAST(:asked_in AS TEXT), NULL, '', '', '', '', ''
FROM question
WHERE circular_id = :circular_id
ON CONFLICT DO NOTHING
