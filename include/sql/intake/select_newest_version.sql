-- grain: one row; version is null where the unit has handed in nothing
-- parameters: scheme, form, period, unit_code
-- writes: nothing
SELECT MAX(version) AS version
FROM submission
WHERE scheme = :scheme AND form = :form AND period = :period AND unit_code = :unit_code
