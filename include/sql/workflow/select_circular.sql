-- grain: one row, a circular with the assessment that it is about
-- parameters: circular_id
-- reads: circular, assessment
SELECT c.id, c.kind, c.state, c.model_hash, c.document_number, c.assessment_id,
       a.scheme, a.period, a.street_code, a.revision
FROM circular c
JOIN assessment a ON a.id = c.assessment_id
WHERE c.id = :circular_id
