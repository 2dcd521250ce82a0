-- grain: one act of a person, the newest first; `street_code` of the document that it was about, empty where it was about none
-- parameters: period (empty: any), unit_code (empty: any), how_many
-- writes: nothing
SELECT
    decision.sequence, decision.kind, decision.scheme, decision.period, decision.unit_code, decision.field, decision.value,
    decision.reason, decision.decided_by, decision.account, decision.decided_at, decision.sha256,
    COALESCE(circular.street_code, assessment.street_code, '') AS street_code
FROM decision
LEFT JOIN circular ON circular.id = decision.field
LEFT JOIN assessment ON assessment.id = circular.assessment_id
WHERE (:period = '' OR decision.period = :period) AND (:unit_code = '' OR decision.unit_code = :unit_code)
ORDER BY decision.sequence DESC
LIMIT :how_many
