-- grain: one mail that was unknown or failed, as a person decided; one that goes again has all its tries before it
-- parameters: id, from_state, state, error
-- writes: mail
UPDATE mail
SET state = :state, error = :error, claimed_by = '', handed_at = NULL, next_attempt_at = NULL,
    attempts = CASE WHEN CAST(:state AS TEXT) = 'pending' THEN 0 ELSE attempts END
WHERE id = :id AND state = :from_state
