-- grain: one form of a period that a unit is to fill in
-- parameters: scheme, period, unit_code
-- writes: nothing
SELECT form, file_name, sha256
FROM opened_form
WHERE scheme = :scheme AND period = :period AND unit_code = :unit_code AND filler = 'unit'
