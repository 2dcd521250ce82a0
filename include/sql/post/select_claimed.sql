-- grain: the mails that a sender holds and has not handed over
-- parameters: claimed_by
-- writes: nothing
SELECT id, recipient, copy_to, sha256, attempts
FROM mail
WHERE state = 'sending' AND claimed_by = :claimed_by AND handed_at IS NULL
ORDER BY due_at, id
