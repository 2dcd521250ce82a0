-- grain: one mail that was handed over and came back; one that waits to be sent again is left alone
-- parameters: id, error
-- writes: mail
UPDATE mail
SET state = 'failed', error = :error
WHERE id = :id AND (state IN ('sent', 'unknown') OR (state = 'sending' AND handed_at IS NOT NULL))
