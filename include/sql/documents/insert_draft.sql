-- writes: circular, one draft; the same draft twice is one row
-- parameters: id, assessment_id, kind, street_code, unit_code, period, model_hash, model, docx_sha256, pdf_sha256, html_sha256
INSERT INTO circular (id, assessment_id, kind, street_code, unit_code, period, state, model_hash, model,
                      document_number, approved_by, account, docx_sha256, pdf_sha256, html_sha256)
VALUES (:id, :assessment_id, :kind, :street_code, :unit_code, :period, 'draft', :model_hash, :model,
        '', '', '', :docx_sha256, :pdf_sha256, :html_sha256)
ON CONFLICT (id) DO NOTHING
