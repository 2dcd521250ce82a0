-- grain: one form that went out
-- parameters: scheme, period
-- reads: opened_form
SELECT form, unit_code, filler, sha256
FROM opened_form
WHERE scheme = :scheme AND period = :period
ORDER BY unit_code, form, reader
