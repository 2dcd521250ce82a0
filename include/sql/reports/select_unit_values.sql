-- grain: one figure of a unit's result, with the hand-in that it stood in
-- parameters: assessment_id, unit_code
-- writes: nothing
SELECT
    v.field, v.field_label, v.version, v.reported, v.corrected, v.used, v.source_cell
FROM score_value AS v
WHERE v.assessment_id = :assessment_id AND v.unit_code = :unit_code
ORDER BY v.position
