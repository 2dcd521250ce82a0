-- grain: one question's answer; no row where it has one
-- parameters: circular_id, sequence, answered_at, answer, account, signed (the name), note, how
-- writes: question
UPDATE question
SET answered_at = :answered_at, answer = :answer, account = :account, name = :signed, note = :note, how = :how
WHERE circular_id = :circular_id AND sequence = :sequence AND answered_at IS NULL
