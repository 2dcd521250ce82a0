-- grain: one row; how many units of an assessment were sent their form for the period
-- parameters: assessment_id, scheme, period
-- reads: opened_form, score
SELECT COUNT(DISTINCT opened_form.unit_code) AS units
FROM opened_form
JOIN score ON score.assessment_id = :assessment_id AND score.unit_code = opened_form.unit_code
WHERE opened_form.scheme = :scheme AND opened_form.period = :period AND opened_form.filler = 'unit'
  AND opened_form.asked_at IS NOT NULL
