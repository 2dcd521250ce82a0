-- grain: one letter of a kind that is still a draft, by id
-- parameters: kind, street_code, unit_code (null: those to the whole street)
SELECT id, model_hash, model, asked_at
FROM circular
WHERE kind = :kind AND street_code = :street_code AND state = 'draft'
  AND COALESCE(unit_code, '') = COALESCE(CAST(:unit_code AS TEXT), '')
ORDER BY id
