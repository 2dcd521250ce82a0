-- grain: one unit of the street with its newest official result in a period, by the moment; whichever street scored it then
-- parameters: scheme, period (scored), first_street, last_street, on_date (the registry's day), as_of_at
-- writes: nothing
SELECT score.unit_code, score.total, score.rank, score.grade, score.status, assessment.id AS assessment_id,
    assessment.revision, assessment.scheme_version
FROM score
JOIN assessment ON assessment.id = score.assessment_id
JOIN unit
    ON unit.code = score.unit_code
    AND unit.valid_from <= :on_date
    AND (unit.valid_to IS NULL OR unit.valid_to >= :on_date)
WHERE unit.street_code BETWEEN :first_street AND :last_street
    AND assessment.scheme = :scheme
    AND assessment.period = :period
    AND assessment.is_official
    AND assessment.assessed_at <= :as_of_at
    AND NOT EXISTS (
        SELECT 1
        FROM assessment AS newer
        WHERE newer.scheme = assessment.scheme
            AND newer.period = assessment.period
            AND newer.street_code = assessment.street_code
            AND newer.is_official
            AND newer.assessed_at <= :as_of_at
            AND newer.revision > assessment.revision
    )
ORDER BY score.unit_code, assessment.assessed_at, assessment.id
