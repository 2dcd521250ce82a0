-- grain: mails of one sender that is no more: not begun goes back, handed over is undecidable
-- parameters: claimed_by, error
-- writes: mail
UPDATE mail
SET
    state = CASE WHEN handed_at IS NULL THEN 'pending' ELSE 'unknown' END,
    error = CASE WHEN handed_at IS NULL THEN error ELSE :error END,
    claimed_by = CASE WHEN handed_at IS NULL THEN '' ELSE claimed_by END
WHERE state = 'sending' AND claimed_by = :claimed_by
