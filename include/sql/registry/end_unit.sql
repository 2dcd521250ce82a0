-- grain: the row of a subject that would go on after its end
-- parameters: code; valid_from, the first day on which it is gone; closed_date, the day before
-- writes: unit (valid_to)
UPDATE unit
SET valid_to = :closed_date
WHERE code = :code AND (valid_to IS NULL OR valid_to >= :valid_from)
