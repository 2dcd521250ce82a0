-- grain: one paper without a number, made by the moment
-- parameters: as_of_at
-- writes: nothing
SELECT id, circular_id, scheme, period, street_code, unit_code, kind, title, model_hash, docx_sha256, pdf_sha256, made_at
FROM paper
WHERE made_at <= :as_of_at
ORDER BY id
