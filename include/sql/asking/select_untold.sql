-- grain: one form of a period that was opened and of which nobody was told
-- parameters: scheme, period
-- writes: nothing
SELECT unit_code, form
FROM opened_form
WHERE scheme = :scheme AND period = :period AND filler = 'unit' AND asked_at IS NULL
