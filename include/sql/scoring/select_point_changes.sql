-- grain: one unit and indicator whose points, outcome or problem differ between two assessments; null where a side has none
-- parameters: older_id, newer_id
-- writes: nothing
SELECT both_sides.unit_code, both_sides.indicator,
    older.points AS old_points, newer.points AS new_points,
    COALESCE(older.problem, '') AS old_problem, COALESCE(newer.problem, '') AS new_problem,
    COALESCE(older.outcome, '') AS old_outcome, COALESCE(newer.outcome, '') AS new_outcome
FROM (
    SELECT unit_code, indicator FROM score_line WHERE assessment_id = :older_id
    UNION
    SELECT unit_code, indicator FROM score_line WHERE assessment_id = :newer_id
) AS both_sides
LEFT JOIN score_line AS older
    ON older.assessment_id = :older_id
    AND older.unit_code = both_sides.unit_code
    AND older.indicator = both_sides.indicator
LEFT JOIN score_line AS newer
    ON newer.assessment_id = :newer_id
    AND newer.unit_code = both_sides.unit_code
    AND newer.indicator = both_sides.indicator
WHERE COALESCE(CAST(older.points AS TEXT), '') <> COALESCE(CAST(newer.points AS TEXT), '')
    OR COALESCE(CAST(older.outcome AS TEXT), '') <> COALESCE(CAST(newer.outcome AS TEXT), '')
    OR COALESCE(CAST(older.problem AS TEXT), '') <> COALESCE(CAST(newer.problem AS TEXT), '')
ORDER BY both_sides.unit_code, COALESCE(newer.position, older.position), both_sides.indicator
