-- grain: one row a street: its newest assessment of a period, and its circular's state (null: none yet)
-- parameters: scheme, period
-- reads: assessment, circular
SELECT a.id, a.street_code, a.revision, a.is_official, c.id AS circular_id, c.state, c.document_number
FROM assessment a
LEFT JOIN circular c ON c.assessment_id = a.id AND c.state <> 'withdrawn'
WHERE a.scheme = :scheme
  AND a.period = :period
  AND a.revision = (
      SELECT MAX(n.revision) FROM assessment n
      WHERE n.scheme = a.scheme AND n.period = a.period AND n.street_code = a.street_code
  )
ORDER BY a.street_code
