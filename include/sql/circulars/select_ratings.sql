-- grain: one cell of a sheet that counted in the assessment, filled in or not, under who handed it in
-- parameters: assessment_id
-- writes: nothing
SELECT score_sheet.form, score_sheet.unit_code AS filler_code, submission_value.field, submission_value.value
FROM score_sheet
JOIN submission_value ON submission_value.sha256 = score_sheet.sha256
WHERE score_sheet.assessment_id = :assessment_id
ORDER BY score_sheet.form, score_sheet.unit_code, submission_value.field
