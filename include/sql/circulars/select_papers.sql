-- grain: one paper of a street's or county's period, by kind, subject and edition
-- parameters: street_code, period
-- writes: nothing
SELECT id, circular_id, scheme, unit_code, kind, title, model_hash, docx_sha256, pdf_sha256, made_at
FROM paper
WHERE street_code = :street_code AND period = :period
ORDER BY kind, unit_code, made_at, id
