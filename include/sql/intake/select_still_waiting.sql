-- grain: one row where the arrival has not been answered, else none
-- parameters: id
-- writes: nothing
SELECT id
FROM delivery
WHERE id = :id AND status = 'waiting'
