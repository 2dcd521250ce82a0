-- grain: mails of senders that fell silent: not begun goes back, handed over is undecidable
-- parameters: expired_at, ahead_at (claims up to the one and beyond the other are dead), error
-- writes: mail
UPDATE mail
SET
    state = CASE WHEN handed_at IS NULL THEN 'pending' ELSE 'unknown' END,
    error = CASE WHEN handed_at IS NULL THEN error ELSE :error END,
    claimed_by = CASE WHEN handed_at IS NULL THEN '' ELSE claimed_by END
WHERE state = 'sending' AND (claimed_at <= :expired_at OR claimed_at > :ahead_at)
