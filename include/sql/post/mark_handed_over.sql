-- grain: one mail still held by this sender, from here on undecided (compare and set)
-- parameters: id, claimed_by, handed_at (now)
-- writes: mail
UPDATE mail
SET handed_at = :handed_at
WHERE id = :id AND state = 'sending' AND claimed_by = :claimed_by AND handed_at IS NULL
