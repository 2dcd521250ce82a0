-- writes: circular, from issued to withdrawn
-- parameters: id
UPDATE circular
SET state = 'withdrawn'
WHERE id = :id AND state = 'issued'
