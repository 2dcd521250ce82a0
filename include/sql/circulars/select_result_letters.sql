-- grain: one letter of a street's or county's office that counts to a period, by id
-- parameters: street_code, period
-- writes: nothing
SELECT id, kind, unit_code, state, model, model_hash, asked_at, document_number, issue_date, docx_sha256, pdf_sha256
FROM circular
WHERE street_code = :street_code AND period = :period
ORDER BY id
