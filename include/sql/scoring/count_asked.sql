-- grain: one row; how many units of an assessment were sent their form for the period
-- parameters: assessment_id, period, subjects (scheme/period/ and a per cent sign)
-- reads: notice, score
SELECT COUNT(DISTINCT notice.unit_code) AS units
FROM notice
JOIN score ON score.unit_code = notice.unit_code AND score.assessment_id = :assessment_id
WHERE notice.kind = 'form_opened' AND notice.period = :period AND notice.state <> 'skipped'
  AND notice.subject LIKE :subjects
