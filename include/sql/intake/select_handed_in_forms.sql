-- grain: one form of which a unit has an accepted hand-in, of any period
-- parameters: unit_code
-- writes: nothing
SELECT DISTINCT scheme, form
FROM submission
WHERE unit_code = :unit_code AND status = 'accepted'
ORDER BY scheme, form
