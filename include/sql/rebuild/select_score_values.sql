-- grain: one unit and cell of an assessment
-- parameters: assessment_id
-- writes: nothing
SELECT unit_code, field, position, field_label, version, reported, corrected, used, source_cell
FROM score_value
WHERE assessment_id = :assessment_id
ORDER BY unit_code, position
