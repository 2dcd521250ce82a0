-- grain: one form that was opened, of which its filler is now told
-- parameters: scheme, period, unit_code, form, asked_at
-- writes: opened_form
UPDATE opened_form
SET asked_at = :asked_at
WHERE scheme = :scheme AND period = :period AND unit_code = :unit_code AND form = :form AND reader = '' AND asked_at IS NULL
