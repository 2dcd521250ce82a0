-- grain: one workbook of a form as it went out to a unit or to a street's inspectors, the reader's own first
-- parameters: scheme, period, unit_code, form, reader
-- writes: nothing
SELECT sha256
FROM opened_form
WHERE scheme = :scheme AND period = :period AND unit_code = :unit_code AND (form = :form OR form LIKE :form || '/%')
ORDER BY CASE WHEN reader = :reader THEN 0 ELSE 1 END, opened_at DESC, sha256
