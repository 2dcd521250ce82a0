-- grain: one row of a subject that would begin when it has ended
-- parameters: code; valid_from, the first day on which it is gone
-- writes: unit (deletes)
DELETE FROM unit
WHERE code = :code AND valid_from >= :valid_from
