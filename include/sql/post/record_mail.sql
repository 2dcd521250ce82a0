-- grain: one mail and what became of it; a late answer still settles what was taken for unknown
-- parameters: id, claimed_by, state, error, sent_at, next_attempt_at
-- writes: mail
UPDATE mail
SET
    state = :state,
    error = :error,
    sent_at = :sent_at,
    next_attempt_at = :next_attempt_at,
    attempts = attempts + 1
WHERE id = :id AND claimed_by = :claimed_by AND state IN ('sending', 'unknown')
