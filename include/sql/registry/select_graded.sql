-- grain: one subject of the streets from one code to another that is registered on a day and has one of some classes in the newest official result of a period
-- parameters: first_street, last_street, on_date, scheme, period, any_grade
-- writes: nothing
SELECT DISTINCT score.unit_code
FROM assessment
CROSS JOIN score
INNER JOIN unit
    ON unit.code = score.unit_code
    AND unit.valid_from <= :on_date
    AND (unit.valid_to IS NULL OR unit.valid_to >= :on_date)
WHERE
    score.assessment_id = assessment.id
    AND assessment.street_code BETWEEN SUBSTR(:first_street, 1, 6) AND :last_street -- a street's result, or its county's
    AND assessment.scheme = :scheme
    AND assessment.period = :period
    AND assessment.is_official
    AND unit.street_code BETWEEN :first_street AND :last_street
    AND score.grade IN :any_grade
    AND NOT EXISTS (
        SELECT 1
        FROM assessment AS newer
        WHERE
            newer.scheme = assessment.scheme
            AND newer.period = assessment.period
            AND newer.street_code = assessment.street_code
            AND newer.is_official
            AND newer.revision > assessment.revision
    )
ORDER BY score.unit_code
