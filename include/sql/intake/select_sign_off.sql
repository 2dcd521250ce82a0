-- grain: one row; approved_at is null where no circular of the street's period was issued
-- parameters: scheme, period, street_code
-- writes: nothing
SELECT MAX(circular.approved_at) AS approved_at
FROM circular
INNER JOIN assessment ON assessment.id = circular.assessment_id
WHERE
    assessment.scheme = :scheme
    AND assessment.period = :period
    AND assessment.street_code = :street_code
    AND circular.state = 'issued'
