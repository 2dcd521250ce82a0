-- writes: paper, one; the same one again is one row
-- parameters: id, circular_id, scheme, period, street_code, unit_code, kind, title, model_hash, docx_sha256, pdf_sha256, made_at
INSERT INTO paper (id, circular_id, scheme, period, street_code, unit_code, kind, title, model_hash, docx_sha256, pdf_sha256,
                   made_at)
VALUES (:id, :circular_id, :scheme, :period, :street_code, :unit_code, :kind, :title, :model_hash, :docx_sha256, :pdf_sha256,
        :made_at)
ON CONFLICT (id) DO NOTHING
