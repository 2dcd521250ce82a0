-- grain: one document of letters about rows of ledgers, of a street's period
-- parameters: kind, street_code, period
-- writes: nothing
SELECT id, state, model, model_hash, asked_at, issue_date
FROM circular
WHERE kind = :kind AND street_code = :street_code AND period = :period AND state <> 'withdrawn'
ORDER BY id
