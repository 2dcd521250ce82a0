-- grain: one figure that the assessment used
-- parameters: assessment_id
-- writes: nothing
SELECT unit_code, version, field, field_label, reported, corrected, used, source_cell
FROM score_value
WHERE assessment_id = :assessment_id
