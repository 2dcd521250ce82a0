-- grain: one letter of a kind to a unit of a street (or county) that waits or was issued
-- parameters: kind, street_code
-- writes: nothing
SELECT id, unit_code, period, state, asked_at, model, docx_sha256, pdf_sha256
FROM circular
WHERE kind = :kind AND street_code = :street_code AND unit_code IS NOT NULL AND state IN ('draft', 'issued')
ORDER BY id
