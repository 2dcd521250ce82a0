-- writes: circular, since when a draft's text waits for a person: from the first time asked, or asked again after it was sent back
-- parameters: id, asked_at
UPDATE circular
SET asked_at = :asked_at
WHERE id = :id AND state = 'draft' AND asked_at IS NULL
