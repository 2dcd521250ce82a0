-- grain: one mail that was unknown or failed, as a person decided
-- parameters: id, from_state, state, error
-- writes: mail
UPDATE mail
SET state = :state, error = :error, claimed_by = '', handed_at = NULL, next_attempt_at = NULL
WHERE id = :id AND state = :from_state
