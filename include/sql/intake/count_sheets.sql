-- grain: one row: how many sheets of a filler's ledger were accepted, of whatever period
-- parameters: scheme, form, unit_code
-- writes: nothing
SELECT COUNT(*) AS sheets
FROM submission
WHERE scheme = :scheme AND form = :form AND unit_code = :unit_code AND status = 'accepted'
