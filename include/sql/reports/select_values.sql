-- grain: one figure that the assessment used; of a sheet that rates one cell, under who filled it in
-- parameters: assessment_id
-- writes: nothing
SELECT unit_code, version, field, field_label, reported, corrected, used, source_cell
FROM score_value
WHERE assessment_id = :assessment_id
UNION ALL
SELECT
    score_sheet.unit_code, score_sheet.version, submission_value.field, submission_value.field_label,
    submission_value.reported, '' AS corrected, COALESCE(submission_value.value, '') AS used, submission_value.source_cell
FROM score_sheet
JOIN submission_value ON submission_value.sha256 = score_sheet.sha256
WHERE score_sheet.assessment_id = :assessment_id
