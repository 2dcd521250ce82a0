-- grain: one unit whose total, rank, grade or status differs between two assessments; null where a side has none
-- parameters: older_id, newer_id
-- writes: nothing
SELECT both_sides.unit_code, COALESCE(newer.unit_name, older.unit_name) AS unit_name,
    older.total AS old_total, newer.total AS new_total,
    older.rank AS old_rank, newer.rank AS new_rank,
    COALESCE(older.grade, '') AS old_grade, COALESCE(newer.grade, '') AS new_grade,
    COALESCE(older.status, '') AS old_status, COALESCE(newer.status, '') AS new_status
FROM (
    SELECT unit_code FROM score WHERE assessment_id = :older_id
    UNION
    SELECT unit_code FROM score WHERE assessment_id = :newer_id
) AS both_sides
LEFT JOIN score AS older ON older.assessment_id = :older_id AND older.unit_code = both_sides.unit_code
LEFT JOIN score AS newer ON newer.assessment_id = :newer_id AND newer.unit_code = both_sides.unit_code
WHERE COALESCE(CAST(older.total AS TEXT), '') <> COALESCE(CAST(newer.total AS TEXT), '')
    OR COALESCE(CAST(older.rank AS TEXT), '') <> COALESCE(CAST(newer.rank AS TEXT), '')
    OR COALESCE(CAST(older.grade AS TEXT), '') <> COALESCE(CAST(newer.grade AS TEXT), '')
    OR COALESCE(CAST(older.status AS TEXT), '') <> COALESCE(CAST(newer.status AS TEXT), '')
ORDER BY both_sides.unit_code
