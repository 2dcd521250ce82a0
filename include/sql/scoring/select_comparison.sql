-- grain: one unit of the street at the period's end, with its newest official (or checkpoint) result in it and in an earlier period
-- parameters: scheme, period, earlier, first_street, last_street, on_date (the period's last day)
-- writes: nothing
WITH newest AS (
    SELECT assessment.id, assessment.period, assessment.scheme_version
    FROM assessment
    WHERE assessment.scheme = :scheme
        AND assessment.period IN (:period, :earlier)
        AND NOT EXISTS (
            SELECT 1
            FROM assessment AS newer
            WHERE newer.scheme = assessment.scheme
                AND newer.period = assessment.period
                AND newer.street_code = assessment.street_code
                AND newer.revision > assessment.revision
        )
),
result AS (
    SELECT score.unit_code, score.unit_name, score.total, score.rank, score.grade, score.status, newest.period,
        newest.id AS assessment_id, newest.scheme_version
    FROM score
    JOIN newest ON newest.id = score.assessment_id
)
SELECT unit.code AS unit_code, unit.name AS unit_name,
    earlier.total AS old_total, later.total AS new_total, earlier.rank AS old_rank, later.rank AS new_rank,
    COALESCE(earlier.grade, '') AS old_grade, COALESCE(later.grade, '') AS new_grade,
    COALESCE(earlier.status, '') AS old_status, COALESCE(later.status, '') AS new_status,
    COALESCE(earlier.scheme_version, '') AS old_version, COALESCE(later.scheme_version, '') AS new_version,
    COALESCE(earlier.assessment_id, '') AS older_id, COALESCE(later.assessment_id, '') AS newer_id
FROM unit
LEFT JOIN result AS later ON later.unit_code = unit.code AND later.period = :period
LEFT JOIN result AS earlier ON earlier.unit_code = unit.code AND earlier.period = :earlier
WHERE unit.street_code BETWEEN :first_street AND :last_street
    AND unit.valid_from <= :on_date
    AND (unit.valid_to IS NULL OR unit.valid_to >= :on_date)
ORDER BY unit.code
