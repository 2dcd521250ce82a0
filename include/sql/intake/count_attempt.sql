-- grain: one arrival that waits; by 1 when its reading begins, by -1 when it has come to an end
-- parameters: id, by
-- writes: delivery (attempts)
UPDATE delivery
SET attempts = attempts + :by
WHERE id = :id AND status = 'waiting'
