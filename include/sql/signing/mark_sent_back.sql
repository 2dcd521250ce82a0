-- writes: circular, a draft that was sent back: nobody is asked about it until it is submitted again
-- parameters: id
UPDATE circular
SET asked_at = NULL
WHERE id = :id AND state = 'draft'
