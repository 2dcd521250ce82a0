-- grain: the next mails that may go, now held by one sender (compare and set)
-- parameters: claimed_by, claimed_at (now, by the real clock), due_at (now), batch
-- writes: mail
UPDATE mail
SET state = 'sending', claimed_by = :claimed_by, claimed_at = :claimed_at, handed_at = NULL
WHERE state = 'pending' AND id IN (
    SELECT id
    FROM mail
    WHERE state = 'pending' AND (next_attempt_at IS NULL OR next_attempt_at <= :due_at)
    ORDER BY due_at, id
    LIMIT :batch
)
