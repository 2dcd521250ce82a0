-- grain: one sheet that rates and counted in an assessment
-- parameters: every column
-- writes: score_sheet
INSERT INTO score_sheet (assessment_id, form, unit_code, version, sha256)
VALUES (:assessment_id, :form, :unit_code, :version, :sha256)
