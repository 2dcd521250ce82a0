-- grain: one accepted version of a unit's form, oldest first
-- parameters: scheme, form, period, unit_code
-- writes: nothing
SELECT sha256, version, received_at
FROM submission
WHERE scheme = :scheme AND form = :form AND period = :period AND unit_code = :unit_code AND status = 'accepted'
ORDER BY version
