-- grain: one row a unit and field that the newest official assessment of the period used
-- parameters: scheme, period, street_code
-- writes: nothing
SELECT score_value.unit_code, score_value.field, score_value.used
FROM score_value
JOIN assessment ON assessment.id = score_value.assessment_id
WHERE assessment.scheme = :scheme
  AND assessment.period = :period
  AND assessment.street_code = :street_code
  AND assessment.revision = (
      SELECT MAX(newest.revision)
      FROM assessment AS newest
      WHERE newest.scheme = :scheme
        AND newest.period = :period
        AND newest.street_code = :street_code
        AND newest.is_official
  )
ORDER BY score_value.unit_code, score_value.position
