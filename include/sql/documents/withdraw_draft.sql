-- writes: circular, a letter's draft that was sent back, or that nothing is left to say in
-- parameters: id
UPDATE circular
SET state = 'withdrawn'
WHERE id = :id AND state = 'draft'
