-- grain: what a sender holds and has not begun to hand over goes back
-- parameters: claimed_by
-- writes: mail
UPDATE mail
SET state = 'pending', claimed_by = ''
WHERE state = 'sending' AND claimed_by = :claimed_by AND handed_at IS NULL
