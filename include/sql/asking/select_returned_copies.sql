-- grain: one marked workbook that went back to a unit, the last one first
-- parameters: scheme, period, unit_code
-- writes: nothing
SELECT form, returned_name, returned_sha256
FROM submission
WHERE scheme = :scheme AND period = :period AND unit_code = :unit_code AND returned_name IS NOT NULL
ORDER BY received_at DESC, version DESC
