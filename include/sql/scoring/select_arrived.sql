-- grain: at most one row, a hand-in for the period, accepted or returned, of a unit of the assessment, that was there when it was made
-- parameters: assessment_id, period (the one assessed, of a year a half of it)
-- reads: assessment, score, submission
SELECT submission.sha256
FROM assessment
JOIN score ON score.assessment_id = assessment.id
JOIN submission
    ON submission.unit_code = score.unit_code
    AND submission.period = :period
    AND submission.scheme = assessment.scheme
    AND submission.received_at <= assessment.assessed_at
WHERE assessment.id = :assessment_id
LIMIT 1
