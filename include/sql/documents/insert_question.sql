-- grain: one asking; the same place asks once, however often its step begins anew
-- parameters: circular_id, subject (as it was put to the committee), model_hash, asked_at, asked_in, office
-- reads: referral
-- writes: question
INSERT INTO question (
    circular_id, sequence, model_hash, asked_at, asked_in, office, batch, answered_at, answer, account, name, note, how
)
SELECT CAST(:circular_id AS VARCHAR(128)), COALESCE(MAX(sequence), 0) + 1, CAST(:model_hash AS VARCHAR(64)),
    :asked_at, CAST(:asked_in AS TEXT), CAST(:office AS VARCHAR(12)),
    COALESCE((SELECT batch FROM referral WHERE subject = :subject), ''), NULL, '', '', '', '', ''
FROM question
WHERE circular_id = :circular_id
ON CONFLICT DO NOTHING
