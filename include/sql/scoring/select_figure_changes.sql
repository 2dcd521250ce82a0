-- grain: one unit and cell whose figure used differs between two assessments; empty where a side has none
-- parameters: older_id, newer_id
-- writes: nothing
SELECT both_sides.unit_code, both_sides.field,
    COALESCE(newer.field_label, older.field_label) AS label,
    COALESCE(older.used, '') AS old_figure, COALESCE(newer.used, '') AS new_figure,
    COALESCE(newer.source_cell, '') AS source_cell, COALESCE(newer.corrected, '') <> '' AS is_correction
FROM (
    SELECT unit_code, field FROM score_value WHERE assessment_id = :older_id
    UNION
    SELECT unit_code, field FROM score_value WHERE assessment_id = :newer_id
) AS both_sides
LEFT JOIN score_value AS older
    ON older.assessment_id = :older_id AND older.unit_code = both_sides.unit_code AND older.field = both_sides.field
LEFT JOIN score_value AS newer
    ON newer.assessment_id = :newer_id AND newer.unit_code = both_sides.unit_code AND newer.field = both_sides.field
WHERE COALESCE(older.used, '') <> COALESCE(newer.used, '')
ORDER BY both_sides.unit_code, COALESCE(newer.position, older.position), both_sides.field
